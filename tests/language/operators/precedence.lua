print(1 + 2 * 3 ^ 2)        --> 19.0
print(2 ^ 3 ^ 2)            --> 512.0
print(not 1 == 2)           --> false
print(1 .. 2 .. 3)          --> 123
print(1 < 2 and 2 < 3 or false) --> true
print(6 & 3 << 1, 6 | 1 ~ 1, 1 << 2 + 1) --> 6	6	8
print("a" .. 1 + 2 .. "b", -"2" + 0) --> a3b	-2
print((1 == 1) & 1)         --! attempt to perform bitwise operation on a boolean value
