local function f(g) return g(1) end
f(print)
f()
