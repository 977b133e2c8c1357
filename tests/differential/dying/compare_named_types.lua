-- The __name of a metatable stands for the type of its value.
local a = setmetatable({}, {__name = "Account"})
local b = setmetatable({}, {__name = "Money"})
print(pcall(function() return a < a end))
return a < b
