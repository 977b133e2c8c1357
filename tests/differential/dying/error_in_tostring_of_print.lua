local Money = {__tostring = function(m) return m.amount .. " " .. m.currency end}
print(setmetatable({amount = 5, currency = "EUR"}, Money))
print(setmetatable({amount = 5}, Money))
