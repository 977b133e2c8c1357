local order = {id = 17, customer = {name = "Ann"}}
local function city(o) return o.customer.address.city end
print(city({customer = {address = {city = "Rome"}}}))
print(city(order))
