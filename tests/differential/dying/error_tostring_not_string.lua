local Failure = {__tostring = function() return {} end}
error(setmetatable({}, Failure))
