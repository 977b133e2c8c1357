local function sorted(t, f) table.sort(t, f) return table.concat(t, " ") end
print(sorted {3, 1, 2}, sorted {}, sorted {1}, sorted {2, 1}, sorted {1, 1, 1}, sorted {"b", "a", "B"}, sorted {1.5, 1, -1, 2^53})
print(sorted({3, 1, 2}, function(a, b) return a > b end), sorted({"ccc", "a", "bb"}, function(a, b) return #a < #b end))
local seed, t = 42, {}
local function random(n) seed = (seed * 1103515245 + 12345) % 2147483648 return seed % n end
for i = 1, 1000 do t[i] = random(500) end
table.sort(t)
local ok = true for i = 2, #t do ok = ok and t[i - 1] <= t[i] end print(ok, #t)
for i = 1, 1000 do t[i] = i end table.sort(t, function(a, b) return a > b end) print(t[1], t[1000])
for i = 1, 200 do t[i] = {key = i % 7, id = i} end
for i = 201, 1000 do t[i] = nil end table.sort(t, function(a, b) return a.key < b.key end) ok = true
for i = 2, #t do ok = ok and t[i - 1].key <= t[i].key end
print(ok)
print(pcall(table.sort, {1, "x"}))
print(pcall(table.sort, {{}, {}}))
print(pcall(table.sort, {1, 2}, 5))
print(pcall(table.sort, {3, 2, 1, 5, 4}, function() return true end))
print(pcall(table.sort, {1, 2, 3}, function() error("cmp", 0) end))
print(pcall(table.sort, {1, nil, 3}))
print(sorted(setmetatable({3, 1, 2}, {__len = function() return 2 end})))
