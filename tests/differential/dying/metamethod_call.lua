local M = {__call = function(self, n) return n.x.y end}
local f = setmetatable({}, M)
f({})
