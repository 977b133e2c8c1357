coroutine.create("text")
