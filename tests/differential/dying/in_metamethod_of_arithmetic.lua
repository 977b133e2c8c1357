-- A metamethod that a hot handler has called dies below an expression.
local Money = {}
Money.__index = Money
Money.__add = function(left, right)
  local sum = left.amount + right.amount
  return setmetatable({ amount = sum }, Money)
end
local function total(entries)
  local result = setmetatable({ amount = 0 }, Money)
  for i = 1, #entries do
    result = result + entries[i]
  end
  return result
end
local entries = {}
for i = 1, 5 do
  entries[i] = setmetatable({ amount = i }, Money)
end
entries[5].amount = entries.missing
print(total({ entries[1], entries[2] }).amount)
total(entries)
