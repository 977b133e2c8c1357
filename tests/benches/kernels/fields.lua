-- Fields by name, methods found through a class, globals, array elements.
local size = tonumber((...)) or 8000000

local Point = {}
Point.__index = Point

function Point.new(x, y)
  return setmetatable({ x = x, y = y, moves = 0 }, Point)
end

function Point:move(dx, dy)
  self.x = self.x + dx
  self.y = self.y - dy
  self.moves = self.moves + 1
  return self
end

total = 0
local points = {}
for i = 1, 64 do
  points[i] = Point.new(i, -i)
end
for i = 1, size do
  local point = points[i % 64 + 1]:move(1, 2)
  total = total + point.x + point.y
end
print(("fields %d %d"):format(total, points[7].moves))
