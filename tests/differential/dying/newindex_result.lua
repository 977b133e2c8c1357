local function nothing() end
nothing().x = 1
