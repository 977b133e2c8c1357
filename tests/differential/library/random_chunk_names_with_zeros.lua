-- The name of a chunk ends at its first zero, and so does a chunk that is its own name.
print(debug.getinfo(load('return 1', 'a\0b'), 'S').source)
print(debug.getinfo(load('return 1', '=a\0b'), 'S').short_src)
print(debug.getinfo(load('return "\0x"'), 'S').source)
print(load('x = = 1', '@file\0.lua'))
print(load('x = "\0" = 1'))
print(load('4\0'))
print(pcall(load('error("here")', '=\0')))
