local values = {math.mininteger, -2^63, -1.5, -1, -0.0, 0, 0.5, 1, 1.0, 2^53, 2^53 + 1, math.maxinteger, 2^63, math.huge, -math.huge}
for i, a in ipairs(values) do
  local row = {}
  for j, b in ipairs(values) do row[j] = a < b and "<" or a == b and "=" or a > b and ">" or "?" end
  print(a, table.concat(row))
end
local big = (1 << 53) + 1
print(big < 2^53, big == 2^53, big > 2^53, big <= 2^53 + 1)
local nan = 0/0
print(nan == nan, nan < nan, nan <= nan, nan > 1, nan < 1, not (nan > 1))
