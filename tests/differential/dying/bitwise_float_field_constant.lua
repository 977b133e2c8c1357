local t = {ratio = 0.25}
return t.ratio & 0xF
