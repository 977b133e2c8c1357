local config = {net = {}}
local function connect() return config.net.proxy.port end
connect()
