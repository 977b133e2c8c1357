local f, e = loadfile()
print(f, e)
print(loadfile(nil, "t")())
