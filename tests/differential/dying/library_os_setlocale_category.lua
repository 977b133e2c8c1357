print(os.setlocale("C", "all"))
os.setlocale("C", "everything")
