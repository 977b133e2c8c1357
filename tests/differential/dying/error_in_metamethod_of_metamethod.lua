local Inner = {__concat = function() error("inner") end}
local Outer = {__add = function(a, b) return "x" .. setmetatable({}, Inner) end}
local function use() return setmetatable({}, Outer) + 1 end
use()
