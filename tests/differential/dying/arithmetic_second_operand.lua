local t = {n = 1}
return t.n + t.m
