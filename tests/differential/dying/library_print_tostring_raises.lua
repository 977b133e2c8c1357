print("before", setmetatable({}, {__tostring = function() error "cannot be shown" end}))
