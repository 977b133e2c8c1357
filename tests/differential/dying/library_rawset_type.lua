rawset("text", 1, 2)
