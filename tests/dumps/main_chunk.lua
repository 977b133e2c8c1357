-- The plainest death: names, values and lines of every frame of the stack.
--? => attempt to index a nil value (field 'address')
--? => main_chunk.lua:9
--? stack => main_chunk.lua:12
--? stack -v => Ann
--? print customer.name => Ann
--? frame 0 => customer
local function city(customer)
  return customer.address.city
end

local label = "to " .. city({name = "Ann", orders = {17, 18}})
print(label)
--$
--$ stack -v
--$ source 0
--$ print customer
