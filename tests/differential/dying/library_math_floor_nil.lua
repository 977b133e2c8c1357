local sizes = {}
print(math.floor(sizes.width))
