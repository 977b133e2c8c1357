-- `==` of everything that is no number, with and without `__eq`.
local t, u = {}, {}
local f, g = function() end, print
local co = coroutine.create(f)
local function compare(x, y)
  local equal = x == y
  local different = x ~= y
  assert(equal ~= different)
  return equal
end
local values = { t, u, f, g, co, io.stdout, "short", ("long"):rep(20), true, false, 1, 1.0, 0 / 0, 2 ^ 53, 2 ^ 53 | 0 }
for i = 1, #values do
  local row = {}
  for k = 1, #values do
    row[k] = compare(values[i], values[k]) and "=" or "."
  end
  print(i, table.concat(row), compare(values[i], nil), compare(nil, values[i]))
end
print(compare(("long"):rep(20), ("lo" .. "ng"):rep(20)), compare(nil, nil), compare(nil, false))

local calls = 0
local equal = { __eq = function(x, y) calls = calls + 1 return x.id == y.id end }
local a, b, c = setmetatable({ id = 1 }, equal), setmetatable({ id = 1 }, equal), setmetatable({ id = 2 }, equal)
print(a == a, a == b, a == c, a == t, pcall(compare, u, a), calls)
-- A metatable that gets its `__eq` after it was known to have none.
local late = {}
local x, y = setmetatable({}, late), setmetatable({}, late)
print(x == y, x == y, t == x)
late.__eq = function() return 1 end
print(x == y, x ~= y, x == t, t == x)
late.__eq = nil
print(x == y)
local inherited = setmetatable({}, { __index = { __eq = function() return true end } })
print(setmetatable({}, inherited) == setmetatable({}, inherited))
-- In loops, so that jumps go both ways.
local count = 0
for i = 1, 100 do
  local p, q = values[i % #values + 1], values[(i * 7) % #values + 1]
  if p == q then count = count + 1 elseif p ~= q then count = count - 1 end
  while p == q do break end
  repeat until p == p or p ~= p
end
print(count)
