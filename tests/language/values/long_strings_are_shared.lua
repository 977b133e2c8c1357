-- Equal long strings of one chunk are one object, wherever they stand in it.
local function address(s) return string.format("%p", s) end
local s1 <const> = "01234567890123456789012345678901234567890123456789"
local s2 = "01234567890123456789012345678901234567890123456789"
local function inner()
  return function() return "01234567890123456789012345678901234567890123456789" end
end
print(address(s1) == address(s2), address(s1) == address(inner()()))   --> true	true
local made = "0123456789" .. "0123456789012345678901234567890123456789"
print(made == s1, address(made) == address(s1))                        --> true	false
