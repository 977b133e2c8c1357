local t = setmetatable({}, {__pairs = function(t) return function(_, k) if k then return k .. nil end return "first" end, t end})
for k in pairs(t) do print(k) end
