local uv = require "uv"
local function timer(delay, period, callback)
  local t = uv.new_timer()
  assert(t:start(delay, period, callback) == 0)
  return t
end

-- Those due at the same time run in the order of their start.
local second
local first = timer(0, 0, function() print "first" end)               --> first
second = timer(0, 0, function() print "second" end)                   --> second
local stopped
timer(0, 0, function() print "third"; stopped:stop() end)             --> third
stopped = timer(0, 0, function() print "never" end)
local moved = timer(0, 0, function() print "moved" end)
timer(0, 0, function() print "fourth" end)                            --> fourth
moved:start(0, 0, function() print "moved to the end" end)            --> moved to the end
uv.run()

-- A period, and its end.
local count = 0
local ticking
ticking = timer(1, 2, function()
  count = count + 1
  print(count, ticking:get_repeat(), ticking:is_active())
  -- It has been started again before its callback runs: one more follows.
  if count == 3 then ticking:set_repeat(0) end
end)
--> 1	2	true
--> 2	2	true
--> 3	2	true
--> 4	0	false
uv.run()
print(count, ticking:is_active())                                     --> 4	false

-- again
print(select(3, uv.new_timer():again()))                              --> EINVAL
local later
later = timer(100000, 1, function() print "due"; later:stop() end)
print(later:again(), later:get_due_in() <= 1)                         --> 0	true
--> due
uv.run "once"
later:close()

-- A timer that is not referenced keeps no loop.
local idle = timer(100000, 0, print)
idle:unref()
print(idle:has_ref(), uv.run())                                       --> false	false
print(uv.loop_alive(), uv.loop_mode())                                --> false	nil
print(pcall(function() idle:start "x" end))                           --> false	timers.lua:50: bad argument #1 to 'start' (number expected, got string)
print(tostring(idle):match "^uv_timer_t: 0x%x+$" ~= nil)              --> true
print(uv.handle_get_type(idle))                                       --> timer	13
