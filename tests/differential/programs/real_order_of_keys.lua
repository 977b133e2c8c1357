-- Keys that are numbers or booleans are traversed in an order that is the same in every run of the reference:
-- sparse lists are printed in it, and outputs compared.
local seed = 777
local function random(n)
  seed = (seed * 1103515245 + 12345) & 0x7fffffff
  return (seed >> 8) % n
end

local kinds = {
  function(r) return r end,
  function(r) return r + 0.5 end,
  function(r) return (r - 500) * 0x12345678 end,
  function() return random(20) - 5 end,
  function(r) if random(4) == 0 then return r % 2 == 0 end return r / 4 end,
}

for case = 1, 300 do
  local key_of, t = kinds[case % #kinds + 1], {}
  for i = 1, random(20) do
    local key = key_of(random(1000))
    if random(5) == 0 then t[key] = nil else t[key] = i end
  end
  local items = {}
  for key, value in pairs(t) do
    items[#items + 1] = tostring(key) .. "=" .. tostring(value)
  end
  print(case, table.concat(items, " "))
end

local edges = {
  [1e300] = 1, [-1e300] = 2, [5e-324] = 3, [2.0 ^ 53] = 4, [1 / 0] = 5, [-1 / 0] = 6, [0.1] = 7, [-0.1] = 8,
  [true] = 9, [false] = 10, [math.mininteger] = 11, [math.maxinteger] = 12, [2 ^ 31] = 13, [-1] = 14,
}
for key, value in pairs(edges) do
  print(key, value)
end
for key in pairs({10, 20, nil, 40, [100] = 1, [7] = 2, [-3] = 3}) do
  io.write(key, " ")
end
print()
