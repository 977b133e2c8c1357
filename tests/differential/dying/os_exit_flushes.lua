io.stdout:setvbuf("full")
io.write("kept until the exit")
os.exit(0)
