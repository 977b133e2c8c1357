debug.setmetatable({}, 5)
