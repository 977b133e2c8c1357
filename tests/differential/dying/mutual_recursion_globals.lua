function ping(n) if n == 0 then error "dropped" end pong(n - 1) end
function pong(n) ping(n) end
ping(2)
