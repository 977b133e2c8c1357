local function f(flags) return flags & 4 end
print(f(5))
f()
