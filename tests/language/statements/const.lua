local limit <const> = 10
local name <const>, other = "n", 2
other = other + limit
print(limit, name, other)   --> 10	n	12
print(load "local x <const> = 1; x = 2") --> nil	[string "local x <const> = 1; x = 2"]:1: attempt to assign to const variable 'x'
