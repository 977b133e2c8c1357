local function fact(n) if n == 0 then return nothing.x end return n * fact(n - 1) end
fact(4)
