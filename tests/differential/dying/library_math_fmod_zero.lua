print(math.fmod(5.5, 0) ~= math.fmod(5.5, 0))
print(math.fmod(5, 0))
