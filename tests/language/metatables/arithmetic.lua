local V = {}
V.__index = V
local function new(x) return setmetatable({x = x}, V) end
V.__add = function(a, b) return new((type(a) == "table" and a.x or a) + (type(b) == "table" and b.x or b)) end
V.__unm = function(a) return new(-a.x) end
V.__idiv = function() return "idiv" end
V.__shl = function() return "shl" end
V.__bnot = function() return "bnot" end
print((new(1) + new(2)).x, (new(1) + 5).x, (5 + new(1)).x) --> 3	6	6
print((-new(3)).x, new(1) // 1, new(1) << 2, ~new(1)) --> -3	idiv	shl	bnot
print(new(1) - 1)           --! attempt to perform arithmetic on a table value
