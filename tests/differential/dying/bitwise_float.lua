local function mask(x) return x & 0xff end
print(mask(3.0))
mask(3.5)
