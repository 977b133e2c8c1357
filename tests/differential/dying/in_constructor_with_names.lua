-- A constructor dies between its fields, the second time it runs.
local function order(id, customer)
  return {
    id = id,
    customer = customer.name,
    total = customer.balance - 10,
    open = true,
  }
end
print(order(1, { name = "first", balance = 20 }).total)
print(order(2, { name = "second" }).total)
