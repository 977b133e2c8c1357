local limits = {}
local function check(n) return n > limits.max end
check(1)
