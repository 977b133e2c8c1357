local t = {a = {b = {}}}
t.a.b.c = {}
t.a.b.c.d.e = 1
