local function max(a, b) if a < b then return b end return a end
print(max(1, 2))
max(1, "2")
