local s = string
print(s.len())
