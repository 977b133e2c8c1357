local function f(first) for i = first, 10 do end end
f("x")
