local t = {a = {b = {c = "deep"}}}
print(t.a.b.c, t["a"]["b"]["c"]) --> deep	deep
t.a.b.d = t
print(t.a.b.d.a.b.d.a.b.c)  --> deep
print(t.a.x.y)              --! attempt to index a nil value (field 'x')
