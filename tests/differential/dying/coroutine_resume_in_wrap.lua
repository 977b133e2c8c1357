-- resume catches; what wrap passes on is not caught.
local inner = coroutine.create(function() error("inner", 0) end)
local outer = coroutine.wrap(function()
  print(coroutine.resume(inner))
  local nothing = nil
  return nothing.x
end)
outer()
