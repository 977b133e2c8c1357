print(debug.getinfo(1, "l").currentline)
debug.getinfo(1, ">l")
