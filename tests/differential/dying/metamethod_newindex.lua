local frozen = setmetatable({}, {__newindex = function(_, k) error("frozen: " .. k) end})
frozen.x = 1
