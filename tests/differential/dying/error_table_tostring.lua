local Failure = {__tostring = function(self) return "Failure: " .. self.text end}
local function fail(text) error(setmetatable({text = text}, Failure)) end
fail("disk on fire")
