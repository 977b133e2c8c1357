local allowed = {answer = true}
setmetatable(_ENV, {__newindex = function(t, name, value) if not allowed[name] then error("cannot create global " .. name, 2) end rawset(t, name, value) end})
answer = 42
local function f() typo = 43 end
f()
