print(string.format("%10q", "text"))
