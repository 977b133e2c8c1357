local co = coroutine.create(print)
return co.status
