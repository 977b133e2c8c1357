local t = {[1.5] = {}}
print(t[1.5].x)
print(t[2.5].x)
