local step = coroutine.wrap(function() error({}) end)
step()
