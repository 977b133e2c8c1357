-- Finalizers that fail, recur, or cannot be called.
local depth, max = 0, 0
local mt = {} mt.__gc = function() depth = depth + 1 max = math.max(max, depth) if depth < 10 then setmetatable({}, mt) collectgarbage() end depth = depth - 1 end
setmetatable({}, mt) collectgarbage()
print(max)
warn '@on'
local kept = {}
for i = 1, 3 do kept[i] = setmetatable({}, {__gc = function() error('in gc ' .. i) end}) end
kept = nil
collectgarbage()
setmetatable({}, {__gc = function() error({}) end}) collectgarbage()
setmetatable({}, {__gc = function() error(setmetatable({}, {__tostring = function() return 'obj' end})) end}) collectgarbage()
setmetatable({}, {__gc = 1}) collectgarbage()
setmetatable({}, {__gc = setmetatable({}, {__call = function() print 'called' error 'q' end})}) collectgarbage()
local t = setmetatable({}, {__gc = function() local function g() return 1 + g() end g() end}) t = nil collectgarbage()
setmetatable({}, {__gc = function() coroutine.yield() end}) collectgarbage()
setmetatable({}, {__gc = function() print(debug.traceback('tb')) end}) collectgarbage()
local n = 0
mt = {} mt.__gc = function() n = n + 1 local function f() return f() + 1 end f() end
warn '@on'
setmetatable({}, mt) collectgarbage()
print(n)
