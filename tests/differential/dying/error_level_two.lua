local function check(n)
  if type(n) ~= "number" then error("number expected, got " .. type(n), 2) end
  return n
end
local function compute(a, b)
  local x = check(a)
  local y = check(b)
  return x + y
end
print(compute(1, 2))
print(compute(1, "2"))
