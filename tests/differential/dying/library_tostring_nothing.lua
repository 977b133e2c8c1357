print(tostring(nil))
print(tostring())
