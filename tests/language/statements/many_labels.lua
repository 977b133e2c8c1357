-- A label is found by its name, however many have been; those of a block are gone with it.
local parts = {}
for i = 1, 100000 do parts[i] = 'do ::l' .. i .. ':: f() goto l' .. i .. ' end' end
print((load(table.concat(parts, ' ')) ~= nil))          --> true
for i = 1, 32000 do parts[i] = '::l' .. i .. ':: f()' end
local labels = table.concat(parts, ' ', 1, 32000)
print((load(labels .. (' goto l31999'):rep(300000)) ~= nil)) --> true
print(load(labels .. '\n::l31999::', '=x'))         --> nil	x:2: label 'l31999' already defined on line 1
-- Each function has its own.
print((load('::a:: local function f() ::a:: goto a end goto a') ~= nil)) --> true
print(select(2, load('::a:: do ::b:: end goto b', '=x')))  --> x:1: no visible label 'b' for <goto> at line 1
