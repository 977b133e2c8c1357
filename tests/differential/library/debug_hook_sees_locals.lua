local function f(a, b)
  local c = a + b
  local d = c * 2
  return d
end
debug.sethook(function(_, line) local r = {line} for i = 1, 9 do local n, v = debug.getlocal(2, i) if not n or n:find "temporary" then break end r[#r + 1] = n .. "=" .. tostring(v) end if debug.getinfo(2, "f").func == f then print(table.concat(r, " ")) if line == 3 then print(debug.setlocal(2, 3, 100)) end end end, "l") local r = f(1, 2) debug.sethook() print(r) debug.sethook(function(event) local i = debug.getinfo(2, "fr") if i.func == f then local r = {} for k = i.ftransfer, i.ftransfer + i.ntransfer - 1 do r[#r + 1] = tostring(select(2, debug.getlocal(2, k))) end print(event, table.concat(r, " ")) end end, "cr") f(3, 4) debug.sethook()
