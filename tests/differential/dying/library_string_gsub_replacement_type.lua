print(("x"):gsub("x", true))
