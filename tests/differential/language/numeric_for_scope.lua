local fs = {}
for i = 1, 3 do
  local j = i
  i = i * 10
  fs[#fs + 1] = function() i = i + 1 return i, j end
end
for _, f in ipairs(fs) do print(f()) print(f()) end
local function bounds(name, v) io.write(name, " ") return v end
for i = bounds("first", 1), bounds("limit", 2), bounds("step", 1) do io.write(i, " ") end print()
for i = 3, 1 do print "never" end
local n = 0
for i = 1, 3 do for i = i, 3 do n = n + i end end
print(n)
