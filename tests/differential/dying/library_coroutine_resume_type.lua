coroutine.resume(print)
