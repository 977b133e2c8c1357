local s = "abc"
print(s:rep(2))
print(s:rep(1e10))
