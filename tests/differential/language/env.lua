local print, setmetatable, pcall, load, tostring, _G = print, setmetatable, pcall, load, tostring, _G
local function sandbox(_ENV) x = 1 y = x + 1 return x, y end
local env = {}
print(sandbox(env)) print(env.x, env.y, _G.x)
do local _ENV = setmetatable({}, {__index = function(_, k) return "global " .. k end}) print(whatever) end
do local _ENV <const> = {v = 5} print(v) end
local f = load("a = (a or 0) + 1; return a", "chunk", "t", env)
print(f(), f(), env.a, _G.a)
local function counter() local _ENV = {n = 0} return function() n = n + 1 return n end end
local c = counter()
print(c(), c(), n)
print(pcall(function() local _ENV = nil; return x end))
print(pcall(function() local _ENV = 5; x = 1 end))
