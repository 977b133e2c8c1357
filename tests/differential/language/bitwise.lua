print(0xff & 0x0f, 0xf0 | 0x0f, 0xff ~ 0x0f, ~0, ~0xff)
for shift = -70, 70, 14 do print(shift, 1 << shift, -1 >> shift, 0x0123456789abcdef << shift) end
print(3.0 & 2, 2^53 | 0, -1.0 & 0xff)
for _, x in ipairs {3.5, 2^63, 1/0, "3", {}, "x"} do print(pcall(function() return x & 1 end)) end
print(pcall(function() return ~1.5 end), pcall(function() return 1 << 2.5 end))
print(1 | 2 ~ 3 & 4 << 1, 2 ~ 3 ~ 1, ~~5, - ~5)
