for _, text in ipairs {
  "x", "x =", "= 1", "local", "local 1", "local x =", "x = = 1", "if", "if x", "if x then", "if x then else elseif",
  "while", "while x", "for", "for i", "for i =", "for i = 1", "for i = 1, 2", "for i, j = 1, 2 do end", "for i in", "for 1 = 2",
  "function", "function f", "function f(", "function f(a,", "function f(a b)", "function f(..., a) end", "function a.b:c.d() end",
  "return return", "return 1,", "f(", "f(1", "f(1,", "f{", "{}", "1", "'x'", "x.1", "x:", "x:y", "a.b:c = 1", "(a) = 1", "a() = 1",
  "a, b", "a, b = ", "a + 1 = 2", "local function", "local function 1", "::", "::a", "::a::: ", "goto", "goto 1", "do", "end", "repeat", "repeat until",
  "x = }", "x = 'abc", "x = \"abc\ndef\"", "x = [[abc", "x = [==[abc]]", "--[[ abc", "x = [=abc", "x = '\\q'", "x = '\\300'", "x = '\\xZZ'", "x = '\\u{110000000}'", "x = '\\u{zz}'", "x = '\\u123'",
  "x = 1..2", "x = 0x", "x = 1e", "x = 3x", "x = 0xg", "x = @", "x = $1", "x = !y", "x = a ~ = b", "x = #", "x = not", "x = a and", "x = a..", "local x <const", "local x <foo> = 1", "break", "local t = {1, 2", "local t = {[1] 2}", "local t = {x = }", "x = function", "x = function(", "x = function() ",
  "return ...", "function f() return ... end", "\27Lua",
} do
  local f, message = load(text, "=c", "t")
  print(string.format("%q", text), f and "loads" or message)
end
