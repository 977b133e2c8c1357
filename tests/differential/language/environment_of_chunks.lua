local env = {print = print}
local chunk = load("x = 1 y = _ENV.x + 1 print(x, y, _G) local _ENV = {print = print, x = 'inner'} print(x) return function() x = 'set' return _ENV end", "c", "t", env)
local inner = chunk()
print(env.x, env.y, x) local e = inner() print(e.x, e == env, e.print == print)
print(load("return _ENV", "c", "t", nil) ~= nil, load("return _ENV", "c", "t", nil)(), load("return _ENV", "c", "t")() == _G)
print(load("return x", "c", "t", setmetatable({}, {__index = function(_, k) return k .. "!" end}))())
print(pcall(load("x = 1", "c", "t", 5)), load("return x", "c", "t", "text")())
local function f(_ENV) return a end print(f {a = 5})
