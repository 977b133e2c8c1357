local t = {}
for i = 1, 200 do t[i] = i end
print(select("#", table.unpack(t))) --> 200
local function sum(...)
  local s = 0
  for _, v in ipairs {...} do s = s + v end
  return s
end
print(sum(table.unpack(t))) --> 20100
print(math.max(table.unpack(t))) --> 200
