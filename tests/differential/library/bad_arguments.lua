local cases = {
  {string.rep, "x"}, {string.rep, "x", "y"}, {string.rep, {}, 1}, {string.sub}, {string.byte, "x", {}}, {string.format, "%d", nil}, {table.concat, {}, 1, 2, "x"}, {table.insert, 1, 2}, {table.unpack, nil}, {math.floor, nil}, {math.max, 1, "x"}, {math.max, 1, {}}, {math.random, {}}, {setmetatable, 1, {}}, {setmetatable, {}}, {getmetatable}, {rawget, {}}, {rawset, {}, 1}, {next}, {ipairs}, {select}, {tonumber}, {tonumber, "1", "x"}, {tostring}, {coroutine.wrap, 1}, {coroutine.resume, {}}, {utf8.char, "x"}, {utf8.len, {}}, {os.time, 1}, {os.date, {}}, {io.open}, {io.lines, {}}, {load, nil}, {error}, {collectgarbage, {}}, {string.char, 1.5}, {string.char, "1.5"}, {math.tointeger}, {math.fmod, 1}, {table.sort, {2, 1}, "x"}, {string.gsub, "x", "x", nil}, {string.find, "x"}, {string.pack}, {string.unpack, "i4"}, {assert}, {pcall}, {xpcall, print}, {require}, {dofile, {}}, {debug.getinfo}, {debug.setmetatable, 1}, {debug.sethook, 1},
}
for i, c in ipairs(cases) do
  local ok, message = pcall(table.unpack(c, 1, 4))
  print(i, ok or message)
end
local t = setmetatable({}, {__name = "My.Class"})
print(pcall(string.rep, t))
print(pcall(math.floor, t))
print(pcall(ipairs))
print(pcall(("x").rep, "x", t))
print(pcall(function() ("x"):rep(t) end))
print(pcall(function() ("x"):bad() end))
print(pcall(function() string.bad() end))
print(pcall(function() local s = string s.rep() end))
print(pcall(function() io.stdout.write() end))
print(pcall(function() io.stdout:seek("x") end))
print(pcall(io.stdout.write, {}))
print(pcall(function() string.rep(table.unpack({}, 1, 0)) end))
