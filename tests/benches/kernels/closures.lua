-- Closures: made in a loop, sharing upvalues, composed, passed to map and fold; caught errors.
local size = tonumber((...)) or 500000

local function counter()
  local count = 0
  return function(by) count = count + by return count end, function() return count end
end

local function compose(f, g)
  return function(x) return f(g(x)) end
end

local function fold(list, f, start)
  for i = 1, #list do
    start = f(start, list[i])
  end
  return start
end

local add, get = counter()
local list = {}
for i = 1, size do
  list[i] = compose(function(x) return x + i end, function(x) return x * 2 end)
end
local sum = fold(list, function(total, f) add(1) return (total + f(total)) % 1000003 end, 1)

local caught = 0
for i = 1, size do
  if not pcall(function() if i % 3 == 0 then error(i, 0) end end) then caught = caught + 1 end
end
print(("closures %d %d %d"):format(sum, get(), caught))
