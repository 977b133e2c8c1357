local t = setmetatable({1, 2, 3}, {__len = function() return "ten" end, __call = function(self, ...) return ..., self == t end})
print(#t, rawlen(t), pcall(ipairs), pcall(function() return #setmetatable({}, {__len = function() error("no", 0) end}) end))
local named = setmetatable({}, {__name = "My.Type"})
print((tostring(named):gsub("0x%x+", "ADDR")))
print(pcall(function() return named + 1 end), pcall(function() return named < named end), pcall(function() return named() end), pcall(string.rep, named))
print(tostring(setmetatable({}, {__tostring = function() return "custom" end})))
print(pcall(tostring, setmetatable({}, {__tostring = function() return 5 end})))
print(pcall(tostring, setmetatable({}, {__tostring = function() return nil end})))
local callable = setmetatable({}, {__call = function(self, a, b) return a, b end})
print(callable(1, 2), pcall(callable, 3), select("#", callable()))
local deep = callable
for _ = 1, 5 do deep = setmetatable({}, {__call = deep}) end
print(select("#", deep(1)))
print(getmetatable(setmetatable({}, {__metatable = false})), pcall(setmetatable, setmetatable({}, {__metatable = 1}), nil))
