local squares = {}
for i = 1, 3 do squares[i] = i * (i < 3 and i or nil) end
