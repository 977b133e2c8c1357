local t = {a = {b = 1}}
local function get(k) return t[k].b end
print(get "a")
print(get "z")
