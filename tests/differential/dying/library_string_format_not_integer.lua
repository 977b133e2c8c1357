print(("%d items"):format(2.0))
print(("%d items"):format(2.5))
