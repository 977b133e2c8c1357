print(string.packsize("i4 z"))
