print(rawlen {1, 2}, rawlen "abc")
print(rawlen(12))
