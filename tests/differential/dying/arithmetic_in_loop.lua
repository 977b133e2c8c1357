local total = 0
for _, item in ipairs {{price = 1}, {price = "2"}, {cost = 3}} do total = total + item.price end
