local x = 1
local x = x + 1
local function f(x) local x = x * 2 return x end
print(x, f(5))              --> 2	10
for x = 1, 1 do local x = "loop" print(x) end --> loop
print(x)                    --> 2
