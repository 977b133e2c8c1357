local co
co = coroutine.create(function()
  print(coroutine.status(co), coroutine.isyieldable())
  local inner = coroutine.create(function() print(coroutine.status(co)) end)
  coroutine.resume(inner)
  coroutine.yield()
end)
print(coroutine.status(co)) --> suspended
coroutine.resume(co)
--> running	true
--> normal
print(coroutine.status(co)) --> suspended
print(coroutine.close(co), coroutine.status(co)) --> true	dead
print(select(2, coroutine.running()), coroutine.isyieldable()) --> true	false
