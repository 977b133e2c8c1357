os.exit("yes")
