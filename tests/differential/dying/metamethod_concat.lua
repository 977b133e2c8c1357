local M = {__concat = function(a, b) error("no concatenation") end}
return "x" .. setmetatable({}, M)
