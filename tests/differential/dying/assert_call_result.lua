local function check(x) if x > 1 then return nil, "too large: " .. x, "ignored" end return x end
print(assert(check(1)))
print(assert(check(2)))
