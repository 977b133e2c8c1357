local list
local function count() return #list end
count()
