local f, message = load("x = = 1", "=config")
print(f, message)
assert(f, message)
