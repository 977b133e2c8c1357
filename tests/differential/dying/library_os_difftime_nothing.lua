print(os.difftime(5, 2))
os.difftime()
