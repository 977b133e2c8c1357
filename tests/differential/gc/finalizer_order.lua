local log = {}
local function obj(n) return setmetatable({n = n}, {__gc = function(o) log[#log + 1] = o.n end}) end
-- They die together, however often the collector runs.
(function() local all = {} for i = 1, 5 do all[i] = obj(i) end end)()
collectgarbage() collectgarbage()
print(table.concat(log, " "))
log = {}
do local a, b = obj "a", obj "b" a.other, b.other = b, a end
collectgarbage()
print(table.concat(log, " "))
local late = setmetatable({}, {})
getmetatable(late).__gc = function() log[#log + 1] = "late" end
late = nil
collectgarbage()
print(table.concat(log, " "))
local resurrected
do setmetatable({v = 1}, {__gc = function(o) resurrected = o end}) end
collectgarbage()
print(resurrected and resurrected.v)
setmetatable(resurrected, getmetatable(resurrected))
resurrected = nil
collectgarbage()
print(resurrected and resurrected.v)
for i = 1, 3 do local keep = obj("exit " .. i) _G["k" .. i] = keep end
setmetatable(log, {__gc = function() print "the log goes" end})
