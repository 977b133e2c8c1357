local deep
local function outer()
  return function() return function() return deep.value end end
end
outer()()()
