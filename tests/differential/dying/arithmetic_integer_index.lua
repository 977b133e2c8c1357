local list = {1, 2}
return list[1] + list[2] + list[3]
