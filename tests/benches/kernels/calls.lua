-- Calls: recursion with one and with three arguments, tail calls, varargs.
local size = tonumber((...)) or 32

local function fib(n)
  if n < 2 then return n end
  return fib(n - 1) + fib(n - 2)
end

local function tak(x, y, z)
  if y >= x then return z end
  return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))
end

local function count_down(n, sum)
  if n == 0 then return sum end
  return count_down(n - 1, sum + n)
end

local function last(...)
  return (select(select("#", ...), ...))
end

local sum = fib(size) + tak(18, 12, 6) + count_down(size * 10000, 0)
for i = 1, size * 10000 do
  sum = sum + last(i, i + 1, i + 2)
end
print(("calls %d"):format(sum))
