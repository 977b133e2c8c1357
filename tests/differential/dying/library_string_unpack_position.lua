print(string.unpack("b", "abc", 5))
