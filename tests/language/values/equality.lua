local a, b = {}, {}
print(a == a, a == b, a ~= b) --> true	false	true
print("a" == "a", 1 == "1") --> true	false
print(0.0 == -0.0)          --> true
print(0/0 == 0/0)           --> false
print(2^53 == 2^53 + 1)     --> true
print(math.maxinteger + 0.0 == math.maxinteger) --> false
