print(coroutine.isyieldable())
coroutine.yield(1)
