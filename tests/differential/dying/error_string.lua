-- A message gets the position of the call of error, and a traceback.
local function third(x) error("the value " .. x .. " is bad") end
local function second(x) third(x + 1) end
function first(x) second(x * 2) end
print "before"
first(3)
print "never"
