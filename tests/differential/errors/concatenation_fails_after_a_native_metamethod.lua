-- The metamethod is a native function that has returned when the rest of the concatenation fails: it counted as a
-- nested call twice where that was taken back, until calls could no longer be told from none.
local thing = setmetatable({}, { __concat = math.type })
local function fail() return "a" .. "b" .. thing end
for _ = 1, 3 do print(pcall(fail)) end
local co = coroutine.wrap(function()
  for _ = 1, 300 do assert(not pcall(fail)) end
  coroutine.yield("suspended")
  return pcall(pcall, pcall, pcall, select, "#", 1, 2)
end)
print(co())
print(co())
local deepest = 0
local function dive(n) deepest = n string.gsub("x", "x", function() dive(n + 1) end) end
print(pcall(dive, 1))
print(deepest > 150, deepest < 250)
