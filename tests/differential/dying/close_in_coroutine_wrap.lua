local step = coroutine.wrap(function()
  local r <close> = setmetatable({}, {__close = function(_, e) print("closed with", e) end})
  coroutine.yield "waiting"
  error "failed in the coroutine"
end)
print(step())
step()
