-- Words that were caught before are no trace of where this error comes from when it happens at the same place.
--? => attempt to index a nil value (local 'order')
--? print tries => 3
local tries = 0
local function total(order)
  tries = tries + 1
  return order.total
end
pcall(total)
pcall(total)
total()
--$
