-- What is said of a token depends on the way by which the parser came to it.
for _, text in ipairs {
  "for i = eno local", "for i = a.b", "for i = f(x) do end", "for i = 1, x local", "for i, in x", "for i in x local", "while x.y local",
  "if f'x' local", "if x then break local", "x = {a b}", "x = {a = }", "x = {[a] b}", "x = {f() g}", "x = a.b.c d", "x, y.z", "x, y.z w", "x, f() = 1",
  "f().x", "f().x, y = ", "(f())", "(x) = 1", "(x).y", "x.1", "x:y", "x:y.z = 1", "x[1", "x[1 2]", "f(1", "f(1\n2", "f(\n1\n", "f(a b)",
  "return return", "return 1,", "local x <", "local x <const", "local x <const>, 1", "local function", "local function f", "local function 1",
  "function f.", "function f:g.h() end", "function f(a,) end", "function f(...,a) end", "function f() return ... end 1", "repeat x", "repeat\nuntil",
  "::a", "::a:: ::", "goto", "x = function(1) end", "x = function\n()\n", "x = -", "x = not", "x = a and", "x = #", "x = a .. .. b", "x = 1 2", "x = 'a' 'b' c",
  "do\nlocal x\n", "else", "until x", "x = }", "if x\nthen\n", "a.b:c = 1", "a{}.b", "a'b'.c d", "x = {{{", "x = {\n1,\n2", "x = a[b[c]", "x = (a\n", "and", "x == 1",
  "x = @", "local a = {} ; ; local", "x = y\n= 2", "f{\n", "x = ...\n..", "for 1", "for x", "for x, 1", "for x = 1", "for x = 1,", "for x = 1, 2, 3, 4",
} do
  print((select(2, load(text, "=text"))))
end
