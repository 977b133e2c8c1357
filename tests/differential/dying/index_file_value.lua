io.stdout.mode = "w"
