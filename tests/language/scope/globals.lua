x = 1
print(_G.x, _ENV.x, _G == _ENV) --> 1	1	true
_G["odd name"] = 2
print(_ENV["odd name"])     --> 2
local function sandbox() local _ENV = {print = print}; y = 5; print(y, x) end
sandbox()                   --> 5	nil
print(y)                    --> nil
local _ENV <const> = {p = print}
p(x)                        --> nil
