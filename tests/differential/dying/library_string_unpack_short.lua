local s = string.pack("<i4", 7)
print(string.unpack("<i4", s))
print(string.unpack("<i8", s))
