local function average(sum, n) return sum // n end
print(average(10, 4))
average(10, 0)
