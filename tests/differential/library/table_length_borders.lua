local t = {} for i = 1, 10 do t[i] = i end print(#t) t[10] = nil print(#t) t[11] = 11 t[10] = 10 print(#t)
t = {n = 1, 2, 3} print(#t) t = {[1] = 1, [2] = 2, [3] = 3} print(#t) t = {1, 2, nil} print(#t)
t = {} t[1] = 1 t[2] = 2 t[4] = 4 print(#t == 2 or #t == 4) for i = 1, 100 do t[i] = nil end print(#t, next(t))
t = {} for i = 100, 1, -1 do t[i] = i end print(#t) for i = 100, 51, -1 do t[i] = nil end print(#t)
t = {} t[2^53] = "x" print(#t, t[2^53]) t[-1] = 1 t[0] = 0 print(#t) t[1.0] = "one" print(#t, t[1], next({[1.0] = 1}))
t = {} for i = 1, 1000 do t[#t + 1] = i end print(#t) while #t > 0 do t[#t] = nil end print(#t, next(t))
local keys = {} t = {}
for _, k in ipairs {1, 1.5, "1", true, -1, 2^60, "x"} do t[k] = true end
for k in pairs(t) do keys[#keys + 1] = tostring(k) end table.sort(keys)
print(table.concat(keys, " "))
