local M = {__lt = function(a, b) return a.n < b.n end}
local a, b = setmetatable({n = 1}, M), setmetatable({n = {}}, M)
print(a < a)
print(a < b)
