local Door = {}
Door.__index = Door
function Door:open() return self.lock.key end
setmetatable({}, Door):open()
