local n = 0
print(5.0 % 0 ~= 5.0 % 0)
print(5 % n)
