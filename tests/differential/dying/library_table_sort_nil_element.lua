local list = {3, 1, nil, 2}
table.sort(list, function(a, b) return a < b end)
