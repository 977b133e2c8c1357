local t = setmetatable({}, {__call = function(self, ...) return select("#", ...), ... end})
print(t(1, nil))            --> 2	1	nil
local outer = setmetatable({}, {__call = t})
print(outer("x") == 2)      --> true
print(pcall(t, "a"))        --> true	1	a
