local function open() return {} end
local function work() local file <close> = open() print "never" end
work()
