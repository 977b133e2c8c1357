io.write("status of false")
os.exit(false)
