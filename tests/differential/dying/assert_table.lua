assert(false, setmetatable({}, {__tostring = function() return "assertion object" end}))
