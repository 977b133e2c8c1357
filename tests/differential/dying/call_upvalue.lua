local callback = 5
local function fire() callback() end
fire()
