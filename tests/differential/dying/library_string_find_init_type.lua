print(("abc"):find("b", "x"))
