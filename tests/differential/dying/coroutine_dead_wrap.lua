local step = coroutine.wrap(function() return 1 end)
print(step())
step()
