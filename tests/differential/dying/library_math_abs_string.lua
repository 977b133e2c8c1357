print(math.abs("-5"))
print(math.abs("five"))
