local locked = setmetatable({}, {__metatable = "locked"})
print(getmetatable(locked))
setmetatable(locked, {})
