for _, text in ipairs {
  "local x = 1\nlocal y = = 2\n", "if x then\n\n\nelse\n", "f(\n1,\n2\n", "x = {\n1,\n2\n", "for i = 1, 2 do\nif x then\nend\n", "local s = [[\n\n\n", "x = 'a\\\nb\\\nc' y",
  "f\n(1)\n(2) =", "return {\n  a = 1\n  b = 2\n}", "function f()\n  x = 1\n", "-- comment\n\n  @", "a.b.c.\n", "local a <const> = 1\n\na = 2",
} do print(select(2, load(text, "@file.lua"))) end
print(select(2, load("x=", "=named")), select(2, load("x=", "@a/b.lua")), select(2, load("x=", "return 1\nreturn 2")))
print(select(2, load("x=", ("long "):rep(30))))
print(select(2, load("x=", "@" .. ("long/"):rep(30))))
print(select(2, load("x=", "=" .. ("long "):rep(30))))
print(select(2, load("x = 'very long string " .. ("abcdefghij"):rep(10) .. "' 5", "=c")))
print(select(2, load("x = " .. ("name"):rep(40) .. " 5", "=c")))
