local M = {}
M.__eq = function(a, b) return a.n == b.n end
M.__lt = function(a, b) return a.n < b.n end
M.__le = function(a, b) return a.n <= b.n end
local function new(n) return setmetatable({n = n}, M) end
print(new(1) == new(1), new(1) ~= new(1), new(1) == 1) --> true	false	false
print(new(1) < new(2), new(1) > new(2), new(2) >= new(2)) --> true	false	true
print(rawequal(new(1), new(1))) --> false
print(new(1) < {})          --! attempt to compare number with nil
