print(string.format("%s %s", 1))
