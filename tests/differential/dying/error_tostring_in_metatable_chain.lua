-- The metamethod must stand in the metatable itself, not in what the metatable inherits.
local base = {__tostring = function() return "inherited" end}
error(setmetatable({}, setmetatable({}, {__index = base})))
