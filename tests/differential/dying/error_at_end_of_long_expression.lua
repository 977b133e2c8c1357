local a, b, c, d = 1, 2, 3, nil
return a + b * c - (a ^ b) / c .. "text" .. (a + b + c + d)
