warn("@on")
warn("first ", "warning")
local t = setmetatable({}, {__gc = function() error("in a finalizer at the end") end})
t.x.y = 1
