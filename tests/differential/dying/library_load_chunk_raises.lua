local chunk = assert(load("local a = ...\nreturn a.b.c", "=settings"))
print(chunk {b = {c = 1}})
print(chunk {})
