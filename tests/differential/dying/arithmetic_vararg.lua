local function sum(a, ...) return a + ... end
print(sum(1, 2))
sum(1)
