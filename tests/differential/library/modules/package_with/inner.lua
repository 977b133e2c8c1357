print("loading", ...)
return "the inner module"
