print(("abc"):find("%f"))
