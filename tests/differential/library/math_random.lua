math.randomseed(42)
local a = {math.random(100), math.random(100), math.random(100)}
math.randomseed(42)
local b = {math.random(100), math.random(100), math.random(100)}
print(a[1] == b[1] and a[2] == b[2] and a[3] == b[3], table.concat(a, " "))
math.randomseed(7, 9) print(math.random(0), math.random(0), string.format("%.14g", math.random()))
math.randomseed(1.0)
print(math.random(1000), math.random(-5, 5), math.random(5, 5), math.random(math.mininteger, math.maxinteger))
local ok = true
for _ = 1, 1000 do local r = math.random() ok = ok and r >= 0 and r < 1 local i = math.random(3) ok = ok and i >= 1 and i <= 3 and math.type(i) == "integer" end
print(ok)
print(pcall(math.random, 0, -1))
print(pcall(math.random, 2, 1))
print(pcall(math.random, 1, 2, 3))
print(pcall(math.random, 1.5))
print(pcall(math.random, "x"))
print(pcall(math.random, -1))
local counts = {} math.randomseed(123)
for _ = 1, 600 do local d = math.random(6) counts[d] = (counts[d] or 0) + 1 end
print(table.concat(counts, " "))
print(select("#", math.randomseed(5)), select("#", math.randomseed()))
