local s = "text"
print(s.len(s), s.missing)
print(s.missing.more)
