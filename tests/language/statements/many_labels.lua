-- A label is found by its name, however many have been; those of a block are gone with it.
local parts = {}
print((load(('do ::l:: f() goto l end '):rep(100000)) ~= nil)) --> true
for i = 1, 2000 do parts[i] = '::l' .. i .. ':: f()' end
local labels = table.concat(parts, ' ')
print((load(labels .. (' goto l1999'):rep(300000)) ~= nil)) --> true
print(load(labels .. '\n::l1999::', '=x'))          --> nil	x:2: label 'l1999' already defined on line 1
-- Each function has its own.
print((load('::a:: local function f() ::a:: goto a end goto a') ~= nil)) --> true
print(select(2, load('::a:: do ::b:: end goto b', '=x')))  --> x:1: no visible label 'b' for <goto> at line 1
