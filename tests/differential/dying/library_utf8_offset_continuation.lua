print(utf8.offset("aé", 1, 2))
print(utf8.offset("aé", 1, 3))
