-- A native function stands between two Lua functions, and a variable waits to be closed.
--? => attempt to compare nil with number
--? stack => function 'table.sort'
--? print list[2].name --frame 2 => Bo
local people = {{name = "Ann", age = 30}, {name = "Bo"}, {name = "Cy", age = 20}}

local function by_age(one, other)
  return one.age < other.age
end

local function sorted(list)
  local lock <close> = setmetatable({}, {__close = function() io.stdout:write("unlocked\n") end})
  table.sort(list, by_age)
  return list
end

sorted(people)
--$
--$ stack -v
