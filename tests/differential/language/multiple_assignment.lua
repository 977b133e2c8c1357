local a, b, c = (function() return 1, 2, 3, 4 end)()
print(a, b, c)
a, b, c = 0, (function() return 1, 2 end)()
print(a, b, c)
a, b, c = (function() return 1, 2 end)(), 10
print(a, b, c)
local t = {1, 2, 3}
local i = 1
i, t[i] = i + 1, "first"
print(i, t[1], t[2])
t[1], t[2], t[3] = t[3], t[1], t[2]
print(t[1], t[2], t[3])
do local a, a = 1, 2 print(a) end
local x, y = 1
print(x, y)
t.x, t.y, t.z = (function(...) return ... end)(1, nil, 3)
print(t.x, t.y, t.z)
