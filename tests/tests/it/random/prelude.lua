math.randomseed(42)
local fuel = 400
local function tick()
  fuel = fuel - 1
  if fuel < 0 then error("out of fuel") end
end
local function cut(value)
  if type(value) == "string" and #value > 60 then return value:sub(1, 60) end
  return value
end
local function some(value)
  if value == nil then return 0 end
  return value
end
local function plain(value)
  local kind = type(value)
  if kind == "number" or kind == "string" or kind == "boolean" then return cut(value) end
end
local function shown(value, depth)
  local kind = type(value)
  if kind == "string" then return (string.format("%q", value):gsub("\\\n", "\\n")) end
  if kind ~= "table" then
    return (kind == "function" or kind == "thread" or kind == "userdata") and kind or tostring(value)
  end
  if depth == 0 then return "{...}" end
  local parts = {}
  for k, v in next, value do
    parts[#parts + 1] = "[" .. shown(k, depth - 1) .. "]=" .. shown(v, depth - 1)
  end
  table.sort(parts)
  return "{" .. table.concat(parts, ", ") .. "}"
end
local function show(...)
  local parts = {}
  for i = 1, select("#", ...) do parts[i] = shown((select(i, ...)), 2) end
  print(table.concat(parts, " "))
end
local function closer(name, fails)
  return setmetatable({}, {__close = function(_, problem)
    show("close", name, problem)
    if fails then error(fails, 0) end
  end})
end
