local t = setmetatable({}, {__pairs = function(t) error("not iterable") end})
for k in pairs(t) do print(k) end
