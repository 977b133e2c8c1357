print(string.format("%s %d", "a", 1))
print(string.format("%d", "x"))
