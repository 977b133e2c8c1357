local function permute(a, n)
  n = n or #a
  if n <= 1 then coroutine.yield(a) end
  for i = 1, n do
    a[n], a[i] = a[i], a[n]
    permute(a, n - 1)
    a[n], a[i] = a[i], a[n]
  end
end
local function permutations(a) return coroutine.wrap(function() permute(a) end) end
local count = 0
for p in permutations {"a", "b", "c"} do print(table.concat(p, " ")) end
for _ in permutations {1, 2, 3, 4, 5, 6} do count = count + 1 end
print(count)
