print(0xff, 0XA, 0x.8p1)    --> 255	10	1.0
print(1e2, 1E-2, .5, 5.)    --> 100.0	0.01	0.5	5.0
print(0x1p4, 0xA.8)         --> 16.0	10.5
print(0xffffffffffffffff)   --> -1
print(9223372036854775807)  --> 9223372036854775807
print(9223372036854775808)  --> 9.2233720368548e+18
print(1//0.0, -1//0.0, pcall(load "return 1//0")) --> inf	-inf	false	[string "return 1//0"]:1: attempt to divide by zero
