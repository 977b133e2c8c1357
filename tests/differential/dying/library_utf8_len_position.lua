print(utf8.len("abc", 4))
print(utf8.len("abc", 6))
