local function nest(depth)
  return coroutine.wrap(function()
    if depth == 0 then error("at the bottom") end
    nest(depth - 1)()
  end)
end
nest(3)()
