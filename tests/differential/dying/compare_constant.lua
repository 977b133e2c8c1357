local function f(x) return x >= 10 end
print(f(10))
f("10")
