local M = {__eq = function(a, b) return a.id.value == b.id.value end}
local a, b = setmetatable({}, M), setmetatable({}, M)
return a == b
