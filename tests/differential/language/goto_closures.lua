local closures = {}
do
  local i = 0
  ::top::
  do
    local captured = i
    closures[#closures + 1] = function() captured = captured + 100 return captured end
    i = i + 1
    if i < 4 then goto top end
  end
end
for _, f in ipairs(closures) do io.write(f(), " ", f(), " ") end print()
local log = {}
do
  local n = 0
  ::again::
  local x <close> = setmetatable({}, {__close = function() log[#log + 1] = "c" .. n end})
  n = n + 1
  if n < 3 then goto again end
end
print(table.concat(log, " "))
