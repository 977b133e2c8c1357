print(3, 345, 0xff, 0xBEBADA, 3.0, 3.1416, 314.16e-2, 0.31416E1, 34e1, 0x0.1E, 0xA23p-4, 0X1.921FB54442D18P+1)
print(.5, 5., 0x.8, 0x8., 1e+2, 1E-2, 0x10p2, 0xfp-1, 1e308 * 10, 1e-400, 00012, 0x00ff)
print(9223372036854775807, 9223372036854775808, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff, 0x1ffffffffffffffff, -9223372036854775808)
print(1e1 == 10, math.type(1e1), math.type(0x1p4), 0xap0, 123456789012345678901234567890, 0x123456789abcdef0123456789p-4)
for _, text in ipairs {"1e", "1e+", "0x", "0xp1", "1..2", "1.2.3", "3x", "0x1g", "1e5.5", "08a", "0x1p", ".e1", "1__0", "12abc", "0b1", ".0x1F", ".0xp+1g", ".00x1", ".5x", "0.0x1", "1.0x"} do print(text, (select(2, load("return " .. text, "=n")))) end
