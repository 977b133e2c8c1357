local t = {}
setmetatable(t, {__index = function(t, k) return t[k .. "x"] end})
local ok, message = pcall(function() return t.a end)
print(ok, (message:gsub("^.-:%d+: ", ""):match("^[%a ]*overflow")))
error("end", 0)
