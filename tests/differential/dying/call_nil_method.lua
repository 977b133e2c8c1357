local object = setmetatable({}, {__index = {start = function() return "started" end}})
print(object:start())
object:stop()
