-- A field of a local named _ENV is a global, too.
local error = error
local function f(_ENV) return logger.level end
print(pcall(error, "used before", 0))
f({print = print})
