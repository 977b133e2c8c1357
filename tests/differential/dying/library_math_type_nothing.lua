print(math.type(1), math.type("1"))
print(math.type())
