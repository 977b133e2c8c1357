print("a" .. "b" .. "c")    --> abc
print(1 .. "")              --> 1
print(2^63 .. "")           --> 9.2233720368548e+18
local t = {}
for i = 1, 5 do t[#t + 1] = i .. "" end
print(table.concat(t, "-")) --> 1-2-3-4-5
print("x" .. nil)           --! attempt to concatenate a nil value
