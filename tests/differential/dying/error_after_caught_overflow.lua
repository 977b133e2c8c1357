local function forever() return 1 + forever() end
print((pcall(forever)))
local t = {}
t.missing.field = 1
