local co = coroutine.create(function() error("inside") end)
print(coroutine.resume(co)) --> false	errors.lua:1: inside
print(coroutine.status(co)) --> dead
local wrapped = coroutine.wrap(function() error({code = 7}) end)
print(select(2, pcall(wrapped)).code) --> 7
print(pcall(coroutine.yield)) --> false	attempt to yield from outside a coroutine
print(coroutine.close(coroutine.create(print))) --> true
