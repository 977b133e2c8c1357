-- Anything with the three metamethods is table enough.
local proxy = setmetatable({}, {__len = function() return 2 end, __index = function(_, i) return i end, __newindex = print})
print(table.concat(proxy, " "))
debug.setmetatable(5, {__len = function() return 2 end, __index = function(_, i) return i * 3 end})
print(table.unpack(5))
print(table.concat(5, " "))
table.insert(5, "x")
