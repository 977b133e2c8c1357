print(debug.gethook()) print(select("#", debug.gethook())) print(debug.gethook(coroutine.create(print)))
