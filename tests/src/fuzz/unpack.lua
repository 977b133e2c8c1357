-- The first byte is the length of the format, the second the start; format and data follow.
local function shown(...)
  local parts = {}
  for i = 1, select("#", ...) do
    local value = select(i, ...)
    parts[i] = type(value) == "string" and string.format("%q", value)
      or math.type(value) == "float" and string.format("%a", value) or tostring(value)
  end
  return table.concat(parts, " ")
end

return function(data)
  local length, start = string.byte(data, 1, 2)
  if not start then return "" end
  length, start = length % 32, start % 16 - 4
  local format, rest = data:sub(3, 2 + length), data:sub(3 + length)
  local answers = {shown(pcall(string.packsize, format)), shown(pcall(string.unpack, format, rest, start))}
  -- A long numeral would ask for as many bytes.
  if not format:find("%d%d%d%d") then
    local values = table.pack(pcall(string.unpack, format, rest))
    answers[3] = shown(pcall(string.pack, format, table.unpack(values, 2, values.n)))
    answers[4] = shown(pcall(string.pack, format, 1, -1, 2.5, "text", rest, 300))
  end
  return table.concat(answers, "\n")
end
