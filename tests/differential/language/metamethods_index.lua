local log = {}
local base = {a = 1, b = {c = 2}}
local mid = setmetatable({x = "mid"}, {__index = base})
local top = setmetatable({}, {__index = mid})
print(top.a, top.x, top.b.c, top.nope, rawget(top, "a"))
local f = setmetatable({}, {__index = function(t, k) log[#log + 1] = tostring(k) return k, "cut" end})
print(f.x, f[1], f[true], (f.y), #{f.z}, table.concat(log, ","))
local n = setmetatable({}, {__newindex = function(t, k, v) rawset(t, k, v and v * 2) end})
n.a = 1 n.a = 5 n.b = 2 n[1] = 7
print(n.a, n.b, n[1])
local store = {}
local p = setmetatable({}, {__newindex = setmetatable({}, {__newindex = store})})
p.k = "v"
print(rawget(p, "k"), store.k)
local defaults = setmetatable({}, {__index = function() return 0 end})
for w in ("a b a c a"):gmatch "%a" do defaults[w] = defaults[w] + 1 end
print(defaults.a, defaults.b, defaults.zzz)
debug.setmetatable(1, {__index = function(n, k) return n .. k end})
print((5).x, (1.5).y)
debug.setmetatable(1, nil)
print(pcall(function() return (5).x end))
