print("loading plain", ...)
return {name = "plain module"}
