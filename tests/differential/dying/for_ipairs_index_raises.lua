local t = setmetatable({}, {__index = function(_, i) if i < 3 then return i end error("no element " .. i) end})
for i, v in ipairs(t) do print(i, v) end
