for i = 1, 3 do print(i) end
--> 1
--> 2
--> 3
for i = 3, 1, -1 do io.write(i, " ") end print() --> 3 2 1 
for i = 1, 2, 0.5 do io.write(i, " ") end print() --> 1 1.5 2 
for i = 1, 0 do print "never" end
for i = math.maxinteger - 1, math.maxinteger do io.write(i, " ") end print() --> 9223372036854775806 9223372036854775807 
for i = 1, 3 do local j = i; i = 10; io.write(j, " ") end print() --> 1 2 3 
