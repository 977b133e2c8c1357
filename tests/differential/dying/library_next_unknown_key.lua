local t = {1, 2, x = 3}
print(next(t, 2))
print(next(t, "y"))
