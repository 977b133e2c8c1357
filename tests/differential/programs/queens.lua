local N, solutions = 6, 0
local function ok(a, n, c) for i = 1, n - 1 do if a[i] == c or a[i] - i == c - n or a[i] + i == c + n then return false end end return true end
local function place(a, n)
  if n > N then
    solutions = solutions + 1
    for i = 1, N do local row = {} for j = 1, N do row[j] = a[i] == j and "Q" or "-" end print(table.concat(row, " ")) end
    print()
  else for c = 1, N do if ok(a, n, c) then a[n] = c place(a, n + 1) end end end
end
place({}, 1)
print(solutions)
