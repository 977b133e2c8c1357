print(pcall(coroutine.yield, 1))
print(select(2, coroutine.running()))
coroutine.yield()
