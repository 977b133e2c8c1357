local t = {3, "x", 2}
table.sort(t)
