local function handler(message) return "handled: " .. tostring(message) end
print(xpcall(function() error("e", 0) end, handler)) --> false	handled: e
print(xpcall(function(...) return ... end, handler, 1, 2)) --> true	1	2
print(xpcall(function() local x = nil; return x.y end, handler)) --> false	handled: xpcall.lua:4: attempt to index a nil value (local 'x')
local depth = select(2, xpcall(function() error "x" end, function() return debug.traceback("t", 1):match("xpcall%.lua:5") end))
print(depth)                --> xpcall.lua:5
