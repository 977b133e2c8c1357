coroutine.wrap()
