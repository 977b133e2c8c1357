print(load("return 1", "c", "t")())
assert(load("return 1", "c", "b"))
