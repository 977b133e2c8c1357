local M = {__lt = function() return true end}
local a, b = setmetatable({}, M), setmetatable({}, M)
print(a < b)
return a <= b
