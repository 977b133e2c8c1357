print(("x"):gsub("x", "%2"))
