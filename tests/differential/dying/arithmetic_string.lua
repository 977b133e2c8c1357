local price = "ten"
local function total(n) return n * price end
print(total(2))
