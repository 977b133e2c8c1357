local cache = {}
local function put(section, k, v) cache[section][k] = v end
cache.users = {}
put("users", 1, "a")
put("orders", 1, "b")
