local function range(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end error("exhausted", 0) end) end
for i in range(2) do print(i) end
