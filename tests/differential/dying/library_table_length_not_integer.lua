local t = setmetatable({}, {__len = function() return "many" end})
table.insert(t, 1)
