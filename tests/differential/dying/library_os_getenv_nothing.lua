print(os.getenv("SURELY_NOT_SET"))
os.getenv()
