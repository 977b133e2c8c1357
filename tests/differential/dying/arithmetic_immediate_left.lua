local function f(x) return 10 - x end
print(f "4")
f(print)
