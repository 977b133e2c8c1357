-- Beyond the 256th constant a key stands in a register, and its name comes from there.
local parts = {"local t = {}\n"}
for i = 1, 300 do parts[#parts + 1] = ("t.k%d = %d.5\n"):format(i, i) end
parts[#parts + 1] = "return t.late.field"
assert(load(table.concat(parts), "=many"))()
