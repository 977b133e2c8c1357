print(2 ^ 3 ^ 2, -2 ^ 2, 2 ^ -1, not nil == true, not (nil == true), 1 .. 2 .. 3, 2 + 3 * 4 - 1, (2 + 3) * 4, 7 // 2 * 2, 7 % 4 ^ 2, -3 % 5, -(3 % 5))
print(1 + 2 .. "", 1 << 2 + 1, (1 << 2) + 1, 5 & 3 == 1, 1 | 2 ~ 3 & 5, "a" .. 1 + 2 == "a3", 1 < 2 == true, not 1 == 2, -"2" + 1, #"abc" + 1, -#"abc", not #"" , ~1 + 1, - -1, not not 1, ~ ~5)
print(1 or error() and nil, nil and error() or 2, false or nil, nil or false, 1 and 2 or 3, nil and 2 or 3, 1 == 1 and 2 ~= 3, 2 > 1 and "yes" or "no", 1 .. 2 == "12", 2 * 3 ^ 2, 2 ^ 2 * 3, 10 - 5 - 2, 2 ^ 0.5 == 2 ^ (1 / 2), 5 // 2 // 2, 1 <= 2 == not false)
print(pcall(load "return 1 < 2 < 3")) print(pcall(load "return 'a' < 'b' == 'c' < 'd'")) print(1 ~= 1 or 2, 3 | 4 << 1, 3 & 2 | 1, 8 >> 1 + 1, "x" .. "y" == "xy" and 1, - - -1)
