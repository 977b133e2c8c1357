setmetatable(_ENV, {__index = function(_, name) error("global " .. name .. " is not defined", 2) end})
defined = 1
print(defined)
print(undefined)
