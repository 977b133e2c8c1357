os.exit(256 + 7)
