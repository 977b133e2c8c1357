local t = {}
for i = 1, 1000 do t[i] = i * i end
for i = 1, 1000, 2 do t[i] = nil end
local n = 0
for _ in pairs(t) do n = n + 1 end
print(n, t[10], t[11])      --> 500	100	nil
for i = 1, 1000 do t["k" .. i] = i end
n = 0
for _ in pairs(t) do n = n + 1 end
print(n, t.k500)            --> 1500	500
