print(("a%b"):match("%"))
