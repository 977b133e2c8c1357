local t = {}
t.a, t.b.c, t.d = 1, 2, 3
