local t = setmetatable({}, {__index = table})
print(math.tointeger(2^53))
print(("x"):rep(1 << 40):len())
