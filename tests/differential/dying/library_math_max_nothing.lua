print(math.max(table.unpack {}))
