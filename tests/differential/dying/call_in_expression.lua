local t = {}
local x = 1 + t.compute(2) * 3
