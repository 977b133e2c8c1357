local t = {}
local zero = 0
t[zero / zero] = "lost"
