local function join(list) return table.concat(list, ", ") end
print(join {1, 2})
print(join "text")
