local function sieve(n)
  local composite, primes = {}, {}
  for i = 2, n do
    if not composite[i] then primes[#primes + 1] = i for j = i * i, n, i do composite[j] = true end end
  end
  return primes
end
local p = sieve(10000)
print(#p, p[1], p[100], p[#p])
local function gcd(a, b) while b ~= 0 do a, b = b, a % b end return a end
print(gcd(1071, 462), gcd(2^20 | 0, 3^10 | 0), gcd(-12, 18))
local fib = setmetatable({0, 1}, {__index = function(t, n) local v = t[n - 1] + t[n - 2] t[n] = v return v end})
print(fib[80], fib[90])
