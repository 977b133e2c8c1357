print(math.random(3, 3))
print(math.random(3, 2))
