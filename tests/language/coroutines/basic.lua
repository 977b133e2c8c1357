local co = coroutine.create(function(a, b)
  print(a, b)
  local c = coroutine.yield(a + b)
  print(c)
  local d, e = coroutine.yield()
  return d, e
end)
print(coroutine.resume(co, 1, 2))
--> 1	2
--> true	3
print(coroutine.resume(co, "x"))
--> x
--> true
print(coroutine.resume(co, "d", "e")) --> true	d	e
print(coroutine.status(co), coroutine.resume(co)) --> dead	false	cannot resume dead coroutine
