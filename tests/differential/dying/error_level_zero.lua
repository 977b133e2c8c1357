local function fail() error("no position at all", 0) end
local t = {run = function() fail() end}
t.run()
