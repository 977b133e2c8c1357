local list = {}
for i = 1, 60 do list[i] = i * 7 % 11 end
table.sort(list, function() return true end)
