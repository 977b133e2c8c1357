local step = coroutine.wrap(string.rep)
step()
