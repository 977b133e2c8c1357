print(tostring(setmetatable({}, {__tostring = function() return 5 end})))
