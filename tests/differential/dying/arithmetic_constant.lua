local function f(x) return 2 ^ x end
print(f(3))
f({})
