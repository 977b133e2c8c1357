local M = {__len = function(t) return t.n end}
local t = setmetatable({n = 3, 1, 2, 3, 4}, M)
print(#t, rawlen(t), #"text", #setmetatable({n = "text"}, M), #setmetatable({n = nil}, M), #setmetatable({n = 2.5}, M))
print(table.unpack(t)) print(table.concat(t, ",")) t.n = 2.0 print(table.unpack(t)) t.n = "2" print(pcall(table.unpack, t)) t.n = 2.5 print(pcall(table.unpack, t))
print(next(t) ~= nil, select("#", table.unpack(setmetatable({n = 0, 1}, M)))) for i, v in ipairs(t) do io.write(i, v, " ") end print()
