-- An error at the bottom of a chain of wraps: every frame of every coroutine is still standing.
--? => nobody home
--? stack => coroutine_chain.lua:10
--? coroutines => suspended
--? print depth => 0
local idle = coroutine.create(function(reason) local waiting_for = reason coroutine.yield() end)
coroutine.resume(idle, "a rainy day")

local function descend(depth)
  if depth == 0 then error("nobody home") end
  coroutine.wrap(descend)(depth - 1)
  return depth
end
descend(3)
--$
--$ stack
--$ coroutines
