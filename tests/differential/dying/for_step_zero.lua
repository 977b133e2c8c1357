local function f(step) for i = 1.0, 10, step do end end
f(0)
