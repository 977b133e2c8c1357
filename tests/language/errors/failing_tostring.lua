-- The handler of the command is called for an error in the __tostring of the error object, too.
local object = setmetatable({}, {__tostring = function() error("inner") end})
error(object) --! failing_tostring.lua:2: inner
