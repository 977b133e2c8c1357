print(math.tointeger("8"), math.tointeger({}), math.tointeger(2.5))
print(math.tointeger())
