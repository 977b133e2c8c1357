-- A recursion without end: the summary stays on one screen.
--? => stack overflow
--? stack => runaway_recursion.lua:6
--? frame 0 => level = 
local function descend(level)
  return level + descend(level + 1)
end
descend(1)
