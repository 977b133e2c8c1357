local M = {}
M.__add = function(a, b) return a.value + b.value end
local a, b = setmetatable({value = 1}, M), setmetatable({}, M)
print(a + a)
print(a + b)
