print("b sees", package.loaded.cyclic_a)
return "b"
