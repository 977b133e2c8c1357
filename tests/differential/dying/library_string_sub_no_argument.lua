local s = "text"
print(s:sub())
