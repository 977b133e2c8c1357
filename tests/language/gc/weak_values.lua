local cache = setmetatable({}, {__mode = "v"})
cache.a = {}
cache.b = "strings stay"
local kept = {}
cache.c = kept
collectgarbage()
print(cache.a, cache.b, cache.c == kept) --> nil	strings stay	true
