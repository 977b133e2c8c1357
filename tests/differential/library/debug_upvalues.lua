local a, b = 1, 2
local function f() return a + b end
local function g() return b end
print(debug.getupvalue(f, 1))
print(debug.getupvalue(f, 2))
print(debug.getupvalue(f, 3))
print(debug.setupvalue(f, 1, 10), f(), a)
print(debug.upvalueid(f, 2) == debug.upvalueid(g, 1), debug.upvalueid(f, 1) == debug.upvalueid(g, 1))
local function h() local c = 100 return function() return c end end
local k = h() debug.upvaluejoin(k, 1, f, 1)
print(k(), debug.getupvalue(k, 1)) a = 77
print(k())
print(debug.getupvalue(print, 1), pcall(debug.getupvalue, 5, 1))
print(pcall(debug.upvalueid, f, 9))
print(pcall(debug.upvaluejoin, f, 9, g, 1))
print((debug.getupvalue(load "x = 1", 1)))
print(debug.setupvalue(g, 5, 1))
print(debug.getmetatable("").__index == string, debug.setmetatable(nil, {__index = {v = 5}}) == nil, (nil).v) debug.setmetatable(nil, nil)
print(pcall(function() return (nil).v end))
print(type(debug.getregistry()), debug.getuservalue(io.stdout, 1), debug.getuservalue(1))
