local uv = require "uv"
print(uv == require "luv", uv.version_string())       --> true	1.44.2

-- A turn: timers, idle, prepare, sockets, check, closed handles. What was started last runs first.
local idle, prepare, last, check = uv.new_idle(), uv.new_prepare(), uv.new_prepare(), uv.new_check()
local timer = uv.new_timer()
timer:start(0, 0, function() print "timer"; timer:close(function() print "closed" end) end)
idle:start(function() print "idle" end)
prepare:start(function() print "prepare" end)
last:start(function() print "last prepare" end)
check:start(function() print "check" end)
--> timer
--> idle
--> last prepare
--> prepare
--> check
--> closed
print(uv.run "nowait")
--> true
print(uv.backend_timeout())                           --> 0
idle:stop()
prepare:stop()
last:stop()
check:stop()
print(uv.backend_timeout(), uv.loop_alive())          --> 0	false

-- stop ends the loop after this turn.
timer = uv.new_timer()
timer:start(0, 1, function() print(uv.loop_mode()); uv.stop() end)
--> default
print(uv.run())
--> true
timer:stop()

-- A loop inside a callback of the loop.
local inner = uv.new_timer()
timer:start(0, 0, function()
  inner:start(0, 0, function() print "inner" end)
  print(uv.run())
end)
--> inner
--> false
uv.run()

-- Coroutines that wait for timers.
local function sleep(milliseconds)
  local co, t = coroutine.running(), uv.new_timer()
  t:start(milliseconds, 0, function() t:close(); assert(coroutine.resume(co)) end)
  coroutine.yield()
end
for i = 3, 1, -1 do
  coroutine.wrap(function() sleep(i * 20); print("woken", i) end)()
end
--> woken	1
--> woken	2
--> woken	3
uv.run()

-- The loop runs by itself when the main chunk has ended.
timer:start(0, 0, function() print("after the main chunk", uv.loop_mode()) end)
print "end"
--> end
--> after the main chunk	default
