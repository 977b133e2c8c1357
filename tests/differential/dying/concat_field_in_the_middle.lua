local t = {a = 1, c = 3}
return t.a .. "-" .. t.b .. "-" .. t.c
