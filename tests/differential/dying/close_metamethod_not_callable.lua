local function work() local resource <close> = setmetatable({}, {__close = 5}) end
work()
