local M = {__concat = function(a, b) local function n(x) return type(x) == "table" and x.n or tostring(x) end return "(" .. n(a) .. "+" .. n(b) .. ")" end}
local a, b = setmetatable({n = "a"}, M), setmetatable({n = "b"}, M)
print(a .. b, a .. "x", "x" .. a, 1 .. a, a .. 1.5, a .. nil, nil .. a, true .. a, {n = "t"} .. a)
print("x" .. "y" .. a .. "z" .. "w") print(a .. b .. "z") print("1" .. 2 .. b .. 3 .. 4 .. a)
M.__concat = function(a, b) return setmetatable({n = "r"}, M) end print((a .. "x" .. b).n, #("x" .. "y" .. "z"), type("x" .. a .. "y"))
print(pcall(function() return {} .. {} end)) print(pcall(function() return "x" .. {} .. a end) == true)
