local i, a = 1, {}
i, a[i] = i + 1, 20 print(i, a[1], a[2])
local x, y, z = 1, 2 x, y = y, x print(x, y, z)
local function f() return 1, 2, 3 end
local p, q, r, s = f() print(p, q, r, s) p, q, r, s = 0, f() print(p, q, r, s) p, q = f(), 10 print(p, q) p, q, r = (f()) print(p, q, r)
local t = {} t.x, t.y, t.z = f() print(t.x, t.y, t.z) t[1], t[2] = 1 print(t[1], t[2])
local log = {} local m = setmetatable({}, {__newindex = function(_, k, v) log[#log + 1] = k .. "=" .. tostring(v) end}) m.a, m.b, m.c = 1, 2 print(#log, log[1] ~= nil)
do local a = {} local b = a a.next, a = {}, {1} print(b.next ~= nil, a[1], a.next) end
do local a = {1, 2, 3} local i = 3 i, a[i], a[i - 1] = i - 1, a[i - 1], a[i] print(i, a[1], a[2], a[3]) end
local u = 1 local function g() u = u + 1 return u end local v = {} v[g()], v[g()] = g(), g() print(u, v[2], v[3])
