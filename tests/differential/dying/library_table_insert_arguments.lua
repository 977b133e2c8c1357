local list = {}
table.insert(list, 1, "a", "extra")
