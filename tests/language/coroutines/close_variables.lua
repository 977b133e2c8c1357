local co = coroutine.create(function()
  local x <close> = setmetatable({}, {__close = function(_, e) print("closing", e) end})
  coroutine.yield(1)
end)
print(coroutine.resume(co)) --> true	1
print(coroutine.close(co))
--> closing	nil
--> true
local bad = coroutine.create(function()
  local x <close> = setmetatable({}, {__close = function() error("in close", 0) end})
  coroutine.yield()
end)
coroutine.resume(bad)
print(coroutine.close(bad)) --> false	in close
