-- Allocation and collection: many trees that die young beside one that stays.
local depth = tonumber((...)) or 17

local function grow(levels)
  if levels == 0 then return {} end
  return { left = grow(levels - 1), right = grow(levels - 1) }
end

local function count(tree)
  if not tree.left then return 1 end
  return 1 + count(tree.left) + count(tree.right)
end

local stays, sum = grow(depth), 0
for levels = 4, depth, 2 do
  for _ = 1, 2 ^ (depth - levels) do
    sum = sum + count(grow(levels))
  end
end
print(("trees %d %d"):format(sum, count(stays)))
