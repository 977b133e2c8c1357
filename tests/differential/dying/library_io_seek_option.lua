io.stdout:seek("start")
