local weak_v, weak_k, weak_kv = setmetatable({}, {__mode = "v"}), setmetatable({}, {__mode = "k"}), setmetatable({}, {__mode = "kv"})
local keep = {}
for i = 1, 10 do weak_v[i] = i % 2 == 0 and keep or {} end
weak_v.s, weak_v.n, weak_v.f = "string", 1.5, print
weak_k[keep] = "kept" weak_k[{}] = "lost" weak_k.s = {}
weak_kv[keep] = keep weak_kv[{}] = 1 weak_kv.x = {}
collectgarbage()
local function count(t) local n = 0 for _ in pairs(t) do n = n + 1 end return n end
print(count(weak_v), weak_v[1], weak_v[2] == keep, weak_v.s, weak_v.n, weak_v.f == print)
print(count(weak_k), weak_k[keep], type(weak_k.s))
print(count(weak_kv), weak_kv[keep] == keep)
local eph = setmetatable({}, {__mode = "k"})
do local a, b, c = {}, {}, {} eph[a] = b eph[b] = c eph[c] = a end
collectgarbage()
print(count(eph))
do local a = {} eph[a] = {a} keep.a = a end
collectgarbage()
print(count(eph), eph[keep.a][1] == keep.a)
