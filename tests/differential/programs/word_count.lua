local text = [[
The quick brown fox jumps over the lazy dog. The dog sleeps;
the fox does not. "Why?" asks the dog -- nobody knows...
]]
local counts, order = {}, {}
for word in text:lower():gmatch "%a+" do
  if not counts[word] then counts[word] = 0 order[#order + 1] = word end
  counts[word] = counts[word] + 1
end
table.sort(order, function(a, b) return counts[a] > counts[b] or counts[a] == counts[b] and a < b end)
for i = 1, 8 do print(("%-8s %2d %s"):format(order[i], counts[order[i]], ("#"):rep(counts[order[i]]))) end
print(#order, text:gsub("%s+", " "):len(), select(2, text:gsub("\n", "")))
print((text:gsub("%a+", function(w) return #w > 4 and w:upper() or nil end)))
