for _, case in ipairs {
  {"10", 2}, {"ff", 16}, {"FF", 16}, {"zz", 36}, {"8", 8}, {"7", 8}, {"-101", 2}, {"  11  ", 2}, {"", 10}, {"1e1", 10}, {"1.5", 10},
  {"7fffffffffffffff", 16}, {"ffffffffffffffff", 16}, {"10000000000000000", 16}, {"- 1", 10}, {"1 1", 10}, {"z", 35}, {"11", 3},
} do print(case[1], case[2], tonumber(case[1], case[2])) end
print(tonumber(5), tonumber("  0x1F  "), tonumber("1e"), tonumber({}), tonumber(nil) == nil)
print(pcall(tonumber), pcall(tonumber, "1", 1), pcall(tonumber, "1", 37), pcall(tonumber, 1, 10))
print(tonumber("0x"), tonumber("0x.p1"), tonumber("1 "), tonumber("\v1\f"), tonumber("1\0"), tonumber("١"))
print(math.type(tonumber "1"), math.type(tonumber "1."), math.type(tonumber "0x10"), math.type(tonumber "0x1p1"))
