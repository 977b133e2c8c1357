-- The string library's own metamethods raise this one.
local t = {}
print("10" + 1)
print("10" + t)
