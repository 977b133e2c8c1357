local a = 1
debug.setlocal(1, 1)
