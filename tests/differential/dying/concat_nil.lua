local user = {first = "Ada"}
local function full(u) return u.first .. " " .. u.last end
print(full(user))
