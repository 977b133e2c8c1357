local rows = {{1, 2}, {3, 4}}
local sum = 0
for i = 1, 3 do sum = sum + rows[i][2] end
print(sum)
