local name = "ann"
print(name:upper())
print(name:capitalize())
