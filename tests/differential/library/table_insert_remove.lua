local t = {}
table.insert(t, "a") table.insert(t, 1, "b") table.insert(t, 2, "c") table.insert(t, #t + 1, "d")
print(table.concat(t, " "))
print(table.remove(t), table.remove(t, 1), table.remove(t, 1), table.remove(t), table.remove(t), #t)
print(table.remove({}), table.remove({}, 0), table.remove({1, 2}, 3), select("#", table.remove({})))
print(pcall(table.insert, {1, 2}, 5, "x"))
print(pcall(table.insert, {1, 2}, 0, "x"))
print(pcall(table.insert, {}))
print(pcall(table.insert, {}, 1, 2, 3))
print(pcall(table.insert, nil, 1))
print(pcall(table.remove, {1, 2}, 5))
print(pcall(table.insert, {}, "x", 1))
print(pcall(table.insert, {}, 1.5, 1))
local log = {}
local proxy = setmetatable({}, {__len = function() return 2 end, __index = function(_, k) log[#log + 1] = "get" .. k return k end, __newindex = function(_, k, v) log[#log + 1] = "set" .. k end})
table.insert(proxy, "x") table.insert(proxy, 1, "y") table.remove(proxy, 1)
print(table.concat(log, " "))
local q = {}
for i = 1, 100 do table.insert(q, 1, i) end
local s = 0
while #q > 50 do s = s + table.remove(q, 1) end
print(s, #q, q[1], q[50])
