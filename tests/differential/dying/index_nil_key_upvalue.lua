local key
local function f(t) return t[key].x end
f({})
