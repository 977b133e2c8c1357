-- A backward goto leaves the block, so each turn closes its own variable.
local functions = {}
do
  local i = 1
  ::again::
  local x = i * 10
  functions[i] = function() return x end
  i = i + 1
  if i <= 3 then goto again end
end
print(functions[1](), functions[2](), functions[3]()) --> 10	20	30
