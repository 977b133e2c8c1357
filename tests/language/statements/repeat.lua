local n = 0
repeat
  local done = n >= 2
  n = n + 1
until done
print(n)                    --> 3
repeat local x = 5 until x == 5
print(x)                    --> nil
