-- An error in a finalizer is a warning, and warnings are off by default; with "@on" they go to stderr.
setmetatable({}, {__gc = function() error("silent") end})
collectgarbage()
warn("@on")
setmetatable({}, {__gc = function() error("loud", 0) end})
collectgarbage()
print "alive"
error("real end", 0)
