for _, x in ipairs {0.1, 1/3, 1e100, 1e-100, 123456789.123, 2^24, 2^53, 2^63, -2^63, 2^64, 1e14, 1e15, 1e16, 12345678901234, 0.5e-10, 100.0, -0.0} do
  print(x, x .. "", tostring(x), math.type(x))
end
print(math.huge, -math.huge, tostring(0/0):gsub("-", ""))
print(3.0, 3.0 == 3, 3.0 | 0, 2^31 | 0, 1e3)
