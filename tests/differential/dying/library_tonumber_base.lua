print(tonumber("zz", 36))
print(tonumber("zz", 37))
