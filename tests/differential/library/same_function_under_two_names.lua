-- What inspect shows of the libraries: one C function under two names is one value.
print(math.atan == math.atan2)
local metatable = getmetatable(io.stdout)
print(metatable.__gc == metatable.__close, metatable.__gc == io.close, string.format == ("").format, ipairs {} == ipairs {}, pairs {} == next)
for _, library in ipairs {"coroutine", "debug", "io", "math", "os", "string", "table", "utf8"} do
  local names, twins = {}, {}
  for name, value in pairs(_G[library]) do
    if type(value) == "function" then names[#names + 1] = name end
  end
  table.sort(names)
  for i, a in ipairs(names) do
    for j = i + 1, #names do
      if _G[library][a] == _G[library][names[j]] then twins[#twins + 1] = a .. "=" .. names[j] end
    end
  end
  print(library, #names, table.concat(twins, " "))
end
