print("loading", ...)
return "the package"
