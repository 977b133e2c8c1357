io.stdout:setvbuf("block")
