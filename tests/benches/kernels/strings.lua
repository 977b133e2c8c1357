-- Strings: concatenation, format, search, replacement, keys made at run time.
local size = tonumber((...)) or 300000

local lines = {}
for i = 1, size do
  lines[i] = ("%05d"):format(i) .. ":" .. i * 7 .. ":" .. string.char(97 + i % 26)
end
local text = table.concat(lines, "\n")

local counts, sum = {}, 0
for number, letter in text:gmatch(":(%d+):(%l)") do
  counts[letter] = (counts[letter] or 0) + 1
  sum = sum + #number
end

local replaced, count = text:gsub("(%d+):", "<%1>")
local bytes = 0
for i = 1, #replaced, 16 do
  bytes = (bytes * 31 + replaced:byte(i)) % 1000003
end
print(("strings %d %d %d %d %d"):format(#text, sum, counts.k, count, bytes))
