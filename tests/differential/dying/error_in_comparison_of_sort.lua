local items = {{rank = 2}, {rank = "1"}, {rank = 3}}
table.sort(items, function(a, b) return a.rank < b.rank end)
