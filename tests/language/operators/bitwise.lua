print(5 & 3, 5 | 3, 5 ~ 3)  --> 1	7	6
print(~0, ~5)               --> -1	-6
print(1 << 4, 256 >> 4)     --> 16	16
print(1 << 63, 1 << 64, 1 << -1) --> -9223372036854775808	0	0
print(-1 >> 60)             --> 15
print(3.0 & 1)              --> 1
print("7" & 3)              --! attempt to perform bitwise operation on a string value (constant '7')
