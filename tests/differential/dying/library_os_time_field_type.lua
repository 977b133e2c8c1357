os.time({year = 2024, month = "May", day = 6})
