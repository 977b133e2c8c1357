local uv = require "uv"

-- The last one closed is told first, in the turn in which it was closed.
for i = 1, 3 do
  local t = uv.new_timer()
  t:close(function() print("closed", i, t:is_closing(), t:is_active()) end)
end
print(uv.loop_alive())                   --> true
--> closed	3	true	false
--> closed	2	true	false
--> closed	1	true	false
print(uv.run "nowait")
--> false

-- A handle is closed once.
local t = uv.new_timer()
t:close()
print(pcall(t.close, t) == false)        --> true
uv.run()
print(t:is_closing(), t:is_active())     --> true	false
print(select(3, t:start(0, 0, print)))   --> EINVAL

-- What waits for a socket that is closed is canceled, then the closing is told.
local server = uv.new_tcp()
assert(server:bind("127.0.0.1", 0) == 0)
assert(server:listen(8, function() end) == 0)
local client = uv.new_tcp()
client:connect("127.0.0.1", server:getsockname().port, function(err) print("connect", err) end)
client:write("x", function(err) print("write", err) end)
client:shutdown(function(err) print("shutdown", err) end)
client:close(function() print "closed" end)
server:close()
--> connect	ECANCELED
--> write	ECANCELED
--> shutdown	ECANCELED
--> closed
uv.run()

-- walk meets every handle that is not closed.
uv.new_timer()
uv.new_tcp()
uv.walk(function(handle) print(handle:get_type()); handle:close() end)
--> timer	13
--> tcp	12
uv.run()
uv.walk(function() print "none is left" end)
