local connection
local function send(text) return connection.socket:send(text) end
local function retry(n, ...) for i = 1, n do send(...) end end
retry(3, "hello")
