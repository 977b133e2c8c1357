-- A scheduler hands on what a coroutine died of: its stack still stands, and is shown.
--? => raised before, and caught
--? => order = table
local function ship(order)
  return order.address.street:upper()
end
local worker = coroutine.create(function(orders)
  for _, order in ipairs(orders) do
    coroutine.yield(ship(order))
  end
end)
local orders = {{id = 1, address = {street = "Elm"}}, {id = 2}}
local function step(...)
  local ok, result = coroutine.resume(worker, ...)
  if not ok then error("worker: " .. result, 0) end
  return result
end
print(step(orders))
print(step())
--$
