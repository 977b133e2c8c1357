local function count(...) return select("#", ...) end
print(count(), count(nil), count(nil, nil), count(count()), count((count())))
local function pass(...) return ... end
print(pass(1, nil, 3), (pass(1, 2)))
print((pass()), pass())
print(#{pass(1, 2, 3)}, #{pass(1, 2, 3), 4}, #{4, pass(1, 2, 3)})
