local function f(...) local a, b = ... ; return a.x + b.x end
print(f({x = 1}, {x = 2}))
f({x = 1})
