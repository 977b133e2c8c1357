print(os.date("!%Y", 0))
os.date("%Q")
