print(#arg, arg[0], arg[1], arg[2], arg[3], ...)
print(select("#", ...), arg[-1] ~= nil)
local a, b = ...
print(a, b, type(arg))
arg[1] = "changed"
print(..., arg[1])
