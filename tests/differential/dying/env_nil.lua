local print = print
local function f() local _ENV = nil ; return x end
print(pcall(f))
f()
