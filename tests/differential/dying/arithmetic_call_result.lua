local function value() return {} end
return 1 + value()
