local function f(...) return (...).name end
print(f({name = "n"}))
f(true)
