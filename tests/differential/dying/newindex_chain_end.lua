-- The chain of __newindex ends in a value that cannot be indexed.
local t = setmetatable({}, {__newindex = 5})
t.x = 1
