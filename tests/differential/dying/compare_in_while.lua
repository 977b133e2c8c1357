local n, max = 0, nil
while n < max do n = n + 1 end
