-- The handler of the command is called for an error in the __tostring of the error object, too.
local function f()
  error(setmetatable({}, {__tostring=function() error("inner") end}))
end
f()
