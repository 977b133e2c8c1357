local log = {}
local third = setmetatable({}, {__index = function(t, k) log[#log + 1] = k return k .. "?" end})
local second = setmetatable({b = 2}, {__index = third})
local first = setmetatable({a = 1}, {__index = second})
print(first.a, first.b, first.c, rawget(first, "b"), #log, log[1])
print(pcall(next, first, "b"), first[1], first[true == true and "x"])
local depth = {} for i = 1, 1990 do depth = setmetatable({}, {__index = depth}) end print(depth.x)
local deep = setmetatable({}, {__index = function() return "end" end}) for i = 1, 1998 do deep = setmetatable({}, {__index = deep}) end print(deep.x)
for i = 1, 5 do deep = setmetatable({}, {__index = deep}) end print(pcall(function() return deep.x end))
