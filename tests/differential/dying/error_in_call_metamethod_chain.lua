local handler = setmetatable({}, {__call = function(self, x) return x.value + 1 end})
local proxy = setmetatable({}, {__call = handler})
print(pcall(handler, {value = 1}))
proxy("argument")
