local uv = require "uv"

-- A server that answers what it hears, and a client, to the end of the stream on both sides.
local server = uv.new_tcp()
print(server:bind("127.0.0.1", 0), server:getsockname().ip)        --> 0	127.0.0.1
local port = server:getsockname().port
print(server:listen(16, function(err)
  local peer = uv.new_tcp()
  assert(not err and server:accept(peer) == 0)
  print(select(3, server:accept(uv.new_tcp())))
  peer:read_start(function(err, data)
    assert(not err)
    if data then
      peer:write {"<", data, ">", 1}
    else
      peer:shutdown(function() peer:close(); server:close() end)
    end
  end)
end))                                                              --> 0
--> EAGAIN

local client, heard = uv.new_tcp(), ""
client:connect("127.0.0.1", port, function(err)
  assert(not err, err)
  print(client:getpeername().port == port, client:is_readable(), client:is_writable())
  client:read_start(function(err, data)
    if data then heard = heard .. data else print(err, heard); client:close() end
  end)
  client:write("hello", function(err) print("written", err) end)
  client:shutdown(function(err) print("shut down", err, client:is_writable()) end)
  print(select(3, client:write "too late"))
end)
--> true	true	true
--> EPIPE
--> written	nil
--> shut down	nil	false
--> nil	<hello>1
uv.run()

-- More than the system takes at once.
local text = ("0123456789abcdef"):rep(1 << 17)
local received = {}
server = uv.new_tcp()
server:bind("127.0.0.1", 0)
server:listen(1, function()
  local peer = uv.new_tcp()
  server:accept(peer)
  server:close()
  peer:read_start(function(_, data)
    if data then received[#received + 1] = data else peer:close() end
  end)
end)
client = uv.new_tcp()
client:connect("127.0.0.1", server:getsockname().port, function()
  client:write(text)
  client:write({text, text}, function() client:close() end)
  print(client:get_write_queue_size() > 0, select(3, client:try_write "x"))
end)
--> true	EAGAIN
uv.run()
print(table.concat(received) == text:rep(3))                       --> true

-- Refusals.
local nobody = uv.new_tcp()
nobody:bind("127.0.0.1", 0)
port = nobody:getsockname().port
nobody:close()
uv.run()
client = uv.new_tcp()
client:connect("127.0.0.1", port, function(err) print(err) end)    --> ECONNREFUSED
uv.run()
client:close()
print(uv.new_tcp():getsockname())                                  --> nil	EBADF: bad file descriptor	EBADF
print(uv.new_tcp():read_start(print))                              --> nil	ENOTCONN: socket is not connected	ENOTCONN
local first, second = uv.new_tcp(), uv.new_tcp()
first:bind("127.0.0.1", 0)
first:listen(1, print)
print(second:bind("127.0.0.1", first:getsockname().port))          --> 0
print(select(3, second:listen(1, print)))                          --> EADDRINUSE
first:close()
print(pcall(uv.tcp_bind, second, "nowhere", 1))                    --> false	Invalid IP address or port [nowhere:1]
print(pcall(function() uv.close(5) end))                           --> false	tcp.lua:82: bad argument #1 to 'close' (Expected uv_handle userdata)
