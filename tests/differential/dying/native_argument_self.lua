local s = "abc"
print(string.rep())
