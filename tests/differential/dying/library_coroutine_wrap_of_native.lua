local step = coroutine.wrap(error)
step({})
