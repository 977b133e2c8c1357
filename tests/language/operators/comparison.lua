print(1 < 2, 2 <= 2.0, 3 > 4, 4 >= 4.5) --> true	true	false	false
print("a" < "b", "Z" < "a", "" < "a") --> true	true	true
print("a\0b" < "a\0c")      --> true
print(math.mininteger < -2^63, math.mininteger <= -2^63) --> false	true
print(1 < math.huge, -math.huge < math.mininteger) --> true	true
local nan = 0/0
print(nan < 1, nan > 1, nan ~= nan) --> false	false	true
