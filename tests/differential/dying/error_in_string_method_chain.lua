local text = "  padded  "
print(text:gsub("^%s+", ""):gsub("%s+$", ""):upper():frist())
