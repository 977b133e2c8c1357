local function count(n, acc) if n == 0 then return acc end return count(n - 1, acc + 1) end
print(count(200000, 0))
local even, odd
function even(n) if n == 0 then return true end return odd(n - 1) end
function odd(n) if n == 0 then return false end return even(n - 1) end
print(even(100001), odd(100001))
local function through(f, ...) return f(...) end
print(through(through, through, math.max, 3, 9, 4))
print(select("#", (function() return print end)()()))
local mt = setmetatable({}, {__call = function(self, n) if n == 0 then return "end" end return self(n - 1) end})
print(mt(100000))
print(pcall(function() return pcall(function() return error("x", 0) end) end))
