local function f(a, b) return a, b end
print(f(1), f(1, 2, 3))     --> 1	1	2
function g(...) return select("#", ...) end
print(g(), g(nil), g(nil, nil)) --> 0	1	2
local t = {a = {}}
function t.a.f(x) return x end
function t.a:m(x) return self == t.a, x end
print(t.a.f(5), t.a:m(6))   --> 5	true	6
print((function() end)())   -->
