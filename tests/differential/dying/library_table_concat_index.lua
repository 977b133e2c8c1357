local function join(list) return table.concat(list, ",", 1, 3) end
print(join {1, 2, 3})
print(join {1, 2})
