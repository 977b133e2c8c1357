-- A zero byte ends the message of a traceback, not the message of an error.
print(debug.traceback("before\0behind"))
print(debug.traceback("\0"))
print(debug.traceback(coroutine.create(print), "a\0b"))
print(xpcall(error, debug.traceback, "c\0d"))
print(#select(2, pcall(error, "e\0f")))
