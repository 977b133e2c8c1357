local parts = {"local t = {}\n"}
for i = 1, 3000 do parts[#parts + 1] = ("t.field%d = %d.5; t[%d] = 'string %d'\n"):format(i, i, i, i) end
parts[#parts + 1] = "return t"
local t = load(table.concat(parts))()
print(t.field1, t.field3000, t[1], t[3000], #t)
local sum = 0
for i = 1, 3000 do sum = sum + t["field" .. i] end
print(sum)
local f = load("local x = ... ; if x then " .. ("x = x + 1 "):rep(20000) .. " end return x")
print(f(1), f(nil))
