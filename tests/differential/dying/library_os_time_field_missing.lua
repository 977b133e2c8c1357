print(os.time({year = 2024, month = 5, day = 6, hour = 12}) > 0)
os.time({year = 2024, month = 5})
