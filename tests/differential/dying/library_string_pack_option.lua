print(string.pack("i4 k", 1, 2))
