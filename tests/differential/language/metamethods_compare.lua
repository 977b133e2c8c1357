local M = {}
M.__eq = function(a, b) M.count = (M.count or 0) + 1 return a.v == b.v end
M.__lt = function(a, b) return (type(a) == "table" and a.v or a) < (type(b) == "table" and b.v or b) end
M.__le = function(a, b) return (type(a) == "table" and a.v or a) <= (type(b) == "table" and b.v or b) end
local function new(v) return setmetatable({v = v}, M) end
local a, b, c = new(1), new(1), new(2)
print(a == b, a ~= b, a == a, a == 1, 1 == a, rawequal(a, b), M.count)
print(a < c, c < a, a > c, a <= b, a >= c, a < 5, 0 < a, 5 >= a)
M.__lt = function() return "truthy" end
print(a < c, not (a < c), a > 1)
M.__le = nil
print(pcall(function() return a <= c end))
local x, y = setmetatable({}, {__eq = function() return true end}), setmetatable({}, {__eq = function() return false end})
print(x == y, y == x, x ~= y, x == {}, {} == x)
local list = {new(3), new(1), new(2)}
M.__lt = function(p, q) return p.v < q.v end
table.sort(list)
print(list[1].v, list[2].v, list[3].v)
