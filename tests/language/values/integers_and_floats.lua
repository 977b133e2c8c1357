print(1, 1.0, -0.0)         --> 1	1.0	-0.0
print(1 == 1.0)             --> true
print(math.type(1), math.type(1.0), math.type("1")) --> integer	float	nil
print(3 // 2, 3.0 // 2, 3 / 2) --> 1	1.0	1.5
print(1e15, 1e16, 2^53)     --> 1e+15	1e+16	9.007199254741e+15
print(100000000000000)      --> 100000000000000
print(0x7fffffffffffffff + 1 == math.mininteger) --> true
