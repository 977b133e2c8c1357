-- A server dies while it answers one client; others are connected, and the listener still waits.
--? => attempt to index a nil value (field '?')
--? pending => listen
--? pending => [delivering]
--? => in the delivery of connection
--? print path => /missing
--? recorder => connection
--? verify => The dump is whole and sound
local routes = {["/"] = {text = "hello"}}

local function answer(client, path)
  local text = routes[path].text
  client:write(text)
end

local function serve()
  local server = require("uv").new_tcp()
  server:bind("127.0.0.1", 0)
  server:listen(16, function()
    local client = require("uv").new_tcp()
    server:accept(client)
    client:read_start(function(_, data) if data then answer(client, data) end end)
  end)
  return server:getsockname().port
end

local function request(port, path, done)
  local client = require("uv").new_tcp()
  client:connect("127.0.0.1", port, function()
    client:write(path)
    client:read_start(function(_, data) if data then done() end end)
  end)
end

local port = serve()
request(port, "/", function() request(port, "/missing", print) end)
