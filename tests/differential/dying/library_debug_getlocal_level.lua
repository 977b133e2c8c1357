local a = 5
print(debug.getlocal(1, 1))
debug.getlocal(50, 1)
