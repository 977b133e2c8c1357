warn "@on"
setmetatable({}, {__gc = function() print(collectgarbage("count")) end})
collectgarbage()
error({})
