local list = {1, 2, 3}
print(table.remove(list, 4))
print(table.remove(list, 7))
