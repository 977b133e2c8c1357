os.date("%Y", 1 << 60)
