print(coroutine.status(coroutine.create(print)))
print(coroutine.status())
