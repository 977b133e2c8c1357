-- Makes `pairs` go through keys in an order that no hash decides, so that reports can be compared.
local rank = {number = 1, string = 2, boolean = 3}

local function is_before(a, b)
  local kind_a, kind_b = type(a), type(b)
  if kind_a ~= kind_b then return (rank[kind_a] or 4) < (rank[kind_b] or 4) end
  return rank[kind_a] and kind_a ~= "boolean" and a < b
end

local unsorted = pairs
function pairs(t)
  local metatable = getmetatable(t)
  if type(t) ~= "table" or type(metatable) == "table" and metatable.__pairs then return unsorted(t) end
  local keys = {}
  for key in next, t do keys[#keys + 1] = key end
  table.sort(keys, is_before)
  local index = 0
  return function()
    local value
    repeat
      index = index + 1
      value = rawget(t, keys[index])
    until value ~= nil or keys[index] == nil
    return keys[index], value
  end, t, nil
end
