local log = {} local function note(name) return function(event, line) log[#log + 1] = name .. event:sub(1, 1) .. (line or "") end end local function body()
  coroutine.yield()
  return 1
end
local a, b = coroutine.create(body), coroutine.create(body) debug.sethook(a, note "a", "l") coroutine.resume(a) coroutine.resume(b) coroutine.resume(a) coroutine.resume(b) print(table.concat(log, " ")) log = {} debug.sethook(note "m", "l")
local c = coroutine.create(body) coroutine.resume(c)
debug.sethook() print(debug.gethook(c)) coroutine.resume(c) print(table.concat(log, " ")) log = {} local d = coroutine.wrap(function()
  debug.sethook(note "d", "l")
  coroutine.yield()
  debug.sethook()
end) d() local x = 1 d() print(table.concat(log, " "))
