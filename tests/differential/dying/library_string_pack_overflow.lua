print(#string.pack("i1", 127))
print(string.pack("i1", 128))
