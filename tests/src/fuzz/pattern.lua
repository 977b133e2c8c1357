-- The first byte chooses the function, the second the start, the third the length of the pattern, which comes next;
-- the rest is the subject.
local function shown(...)
  local parts = {}
  for i = 1, select("#", ...) do
    local value = select(i, ...)
    parts[i] = type(value) == "string" and string.format("%q", value) or tostring(value)
  end
  return table.concat(parts, " ")
end

local function all(subject, pattern, start)
  local found = {}
  for a, b, c in string.gmatch(subject, pattern, start) do
    found[#found + 1] = shown(a, b, c)
  end
  return table.concat(found, ";")
end

return function(data)
  local choice, start, length = string.byte(data, 1, 3)
  if not length then return "" end
  length, start = length % 24, start % 32 - 8
  local pattern, subject = data:sub(4, 3 + length), data:sub(4 + length)
  choice = choice % 9
  if choice == 0 then return shown(pcall(string.find, subject, pattern, start)) end
  if choice == 1 then return shown(pcall(string.match, subject, pattern, start)) end
  if choice == 2 then return shown(pcall(all, subject, pattern, start)) end
  if choice == 3 then return shown(pcall(string.gsub, subject, pattern, "<%0>", start)) end
  if choice == 4 then return shown(pcall(string.gsub, subject, pattern, pattern)) end
  if choice == 5 then return shown(pcall(string.gsub, subject, pattern, {a = "A", b = 2, c = false, d = {}})) end
  if choice == 6 then return shown(pcall(string.gsub, subject, pattern, shown)) end
  if choice == 7 then return shown(pcall(string.find, subject, pattern, start, true)) end
  return shown(pcall(string.gsub, subject, pattern, "%1%2"))
end
