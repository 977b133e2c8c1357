local M = {__lt = function(a, b) return type(a) .. "<" .. type(b) end, __le = function(a, b) return nil end}
local t = setmetatable({}, M)
print(t < 1, 1 < t, t < "s", "s" < t, t < nil, nil < t, t < {}, {} < t, t > t, io.stdout < t)
print(t <= 1, 1 <= t, t >= 1, not (t <= 1), t <= t)
print(pcall(function() return {} < {} end)) print(pcall(function() return 1 < "2" end)) print(pcall(function() return "1" < 2 end))
print(pcall(function() return nil < 1 end)) print(pcall(function() return 1 <= {} end)) print(pcall(function() return print >= print end))
M.__lt = 1 print(pcall(function() return t < 1 end)) M.__lt = setmetatable({}, {__call = function(_, a, b) return b end}) print(t < 1, t < false == false)
