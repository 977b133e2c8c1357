io.stdout.write({}, "x")
