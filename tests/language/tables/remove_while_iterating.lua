local t = {}
for i = 1, 50 do t["k" .. i] = i end
for k, v in pairs(t) do if v % 2 == 0 then t[k] = nil end end
local sum = 0
for _, v in pairs(t) do sum = sum + v end
print(sum)                  --> 625
for k in pairs(t) do t[k] = nil end
print(next(t))              --> nil
