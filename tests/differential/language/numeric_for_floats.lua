for i = 1, 2, 0.25 do io.write(i, " ") end print() for i = 1.0, 3 do io.write(i, " ") end print() for i = 3, 1, -0.5 do io.write(i, " ") end print() for i = 0.1, 0.5, 0.1 do io.write(string.format("%.17g ", i)) end print()
for i = 1, 3.0 do io.write(math.type(i), " ") end for i = 1, 2, 1.0 do io.write(math.type(i), " ") end for i = 1.0, 2 do io.write(math.type(i), " ") end print()
local n = 0 for i = 1.0, math.huge do n = n + 1 if n == 3 then break end end print(n) for i = 1.0, 0/0 do print "never" end for i = 0/0, 1 do print "never" end for i = 2^53, 2^53 + 2 do n = n + 1 if n > 20 then break end end print(n)
for i = -0.0, 0 do io.write(i, " ") end for i = math.huge, 1, -1 do io.write "inf" break end for i = 1, 1.5, math.huge do io.write(i, " ") end print()
