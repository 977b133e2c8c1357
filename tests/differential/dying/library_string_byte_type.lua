print(("x"):byte({}))
