local function fact(n) if n <= 1 then return 1 end return n * fact(n - 1) end
print(fact(20))             --> 2432902008176640000
local function even(n) if n == 0 then return true end return odd(n - 1) end
function odd(n) if n == 0 then return false end return even(n - 1) end
print(even(10), even(7))    --> true	false
