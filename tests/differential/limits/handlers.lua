-- Message handlers that fail themselves, or run without end.
local function h(m) error(m) end
print(xpcall(error, h, 'x'))
print(xpcall(error, function(m) return m .. 1 .. nil end, 'x'))
print(xpcall(error, function(m) local t = nil; return t.x end, 'x'))
print(select('#', xpcall(error, error, 'x')))
print(pcall(xpcall, error))
print(pcall(xpcall, error, 1))
print(pcall(xpcall, error, 1, 'x'))
local n = 0
print(xpcall(function() local function f() n = n + 1 return f() + 1 end return f() end, function(m) return 'H:' .. tostring(m):sub(1, 60) end))
print(xpcall(function() local function f() return f() + 1 end return f() end, function(m) local function g() return g() + 1 end return g() end))
print(xpcall(function() error('a') end, function(m) return xpcall(error, function(x) return 'inner ' .. x end, m) end))
print(xpcall(error, function(m) error({}) end, 'x'))
print(xpcall(error, function(m) error(nil) end, 'x'))
local c = 0
print(xpcall(error, function(m) c = c + 1; if c < 5 then error('again ' .. c, 0) end return 'done ' .. m end, 'x'), c)
c = 0
print(xpcall(error, function(m) c = c + 1; error('again', 0) end, 'x'), c)
c = 0
print(pcall(xpcall, error, setmetatable({}, {__call = function(_, m) return 'called ' .. m end}), 'x'))
print(xpcall(string.rep, function(m) return 'H ' .. m end, 'x', 1 << 62))
print(xpcall(string.rep, function(m) return debug.traceback(m) end, 'x', 1 << 40, 'y'))
