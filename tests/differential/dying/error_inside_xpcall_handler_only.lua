print(xpcall(error, function(m) return m .. m end, "ab", 0))
print(xpcall(error, nil, "x"))
local function after() error("after the handler") end
after()
