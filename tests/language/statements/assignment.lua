local a, b, c = 1, 2
print(a, b, c)              --> 1	2	nil
a, b = b, a
print(a, b)                 --> 2	1
local i, t = 1, {}
i, t[i] = i + 1, 20
print(i, t[1], t[2])        --> 2	20	nil
local x, y = (function() return 1, 2, 3 end)()
print(x, y)                 --> 1	2
x = (function() return 1, 2 end)(), 10
print(x)                    --> 1
