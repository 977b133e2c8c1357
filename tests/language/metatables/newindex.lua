local log = {}
local t = setmetatable({}, {__newindex = function(t, k, v) rawset(t, k, v * 2) end})
t.x = 5
t.x = 7
print(t.x)                  --> 7
local proxy = setmetatable({}, {__newindex = log})
proxy.y = 1
print(rawget(proxy, "y"), log.y) --> nil	1
