local function count(limit, i)
  if i < limit then return i + 1, i * i end
end
for i, square in count, 3, 0 do print(i, square) end
--> 1	0
--> 2	1
--> 3	4
for k, v in next, {10} do print(k, v) end --> 1	10
for i, v in ipairs {"a", "b", nil, "d"} do io.write(i, v, " ") end print() --> 1a 2b 
