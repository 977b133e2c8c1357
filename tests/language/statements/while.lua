local n = 0
while n < 3 do n = n + 1 end
print(n)                    --> 3
while true do
  n = n - 1
  if n == 1 then break end
end
print(n)                    --> 1
while false do print "never" end
