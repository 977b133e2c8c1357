local function pair()
  local value = 0
  return function(v) value = v end, function() return value end
end
local set, get = pair()
set(42)
print(get())                --> 42
local co = coroutine.wrap(function() set("from a coroutine") coroutine.yield() set "again" end)
co()
print(get())                --> from a coroutine
co()
print(get())                --> again
