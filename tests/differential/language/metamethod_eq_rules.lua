local calls = 0
local M = {__eq = function() calls = calls + 1 return "true enough" end}
local a, b, plain = setmetatable({}, M), setmetatable({}, M), {}
print(a == b, a ~= b, a == plain, plain == a, a == a, a == 1, a == "a", a == nil, calls)
local u = io.stdout print(u == a, a == u, u == io.stdout, u == io.stderr, calls)
M.__eq = function() return nil end print(a == b, a ~= b, plain == a)
M.__eq = 5 print(pcall(function() return a == b end))
M.__eq = false print(pcall(function() return a == b end))
M.__eq = nil print(a == b, rawequal(a, b))
local N = {__eq = function() return true end} setmetatable(a, N) print(a == b, b == a, ({[a] = 1})[b])
print(1 == 1.0, "1" == 1, 0 == -0.0, "a" == "a", 2^53 == 2^53 + 1, math.maxinteger + 0.0 == math.maxinteger, math.maxinteger + 0.0 == 2^63)
