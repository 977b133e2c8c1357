print(string.format("%-5s|%5d|", "a", 1))
print(string.format("%z", 1))
