-- Chunk names of every kind and length, as messages show them.
print(debug.getinfo(1,'S').short_src)
local long = string.rep('x', 100)
for _, n in ipairs{'=name', '=' .. long, '@file', '@' .. long, 'one line', 'two\nlines', '\nstarts', long, long .. '\n', '', '=', '@', 'a\rb', '=a\nb', '@a\nb'} do
  print(load('error("e")', n) and select(2, pcall(load('error("e")', n))))
  print(select(2, load('x x', n)))
end
