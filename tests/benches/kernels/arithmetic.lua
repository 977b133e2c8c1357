-- Loops over integers and floats: a congruential generator, an escape-time fractal, a sieve.
local size = tonumber((...)) or 600

local seed = 42
for _ = 1, size * 20000 do
  seed = seed * 16807 % 2147483647
end

local inside = 0
for row = 0, size - 1 do
  local ci = 2.0 * row / size - 1.0
  for column = 0, size - 1 do
    local cr = 2.0 * column / size - 1.5
    local zr, zi, steps = 0.0, 0.0, 0
    while steps < 50 and zr * zr + zi * zi < 4.0 do
      zr, zi = zr * zr - zi * zi + cr, 2.0 * zr * zi + ci
      steps = steps + 1
    end
    if steps == 50 then inside = inside + 1 end
  end
end

local is_composite, primes = {}, 0
for n = 2, size * 1000 do
  if not is_composite[n] then
    primes = primes + 1
    for multiple = n * n, size * 1000, n do
      is_composite[multiple] = true
    end
  end
end
print(("arithmetic %d %d %d"):format(seed, inside, primes))
