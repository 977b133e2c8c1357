local t = {1, 2}
table.insert(t, 3, 3)
print(#t)
table.insert(t, 9, 9)
