print(table.concat({"a", {}, "c"}, ", "))
