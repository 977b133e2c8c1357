table.insert({}, "first", 1)
