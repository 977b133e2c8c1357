local M = {}
local function setup() error("module cannot start") end
setup()
return M
