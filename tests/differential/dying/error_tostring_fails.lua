-- The handler of messages fails itself.
local Failure = {__tostring = function(self) error("cannot even say so") end}
error(setmetatable({}, Failure))
