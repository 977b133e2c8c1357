debug.getinfo("one")
