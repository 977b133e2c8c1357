local outer
outer = coroutine.create(function()
  coroutine.wrap(function() coroutine.close(outer) end)()
end)
print(coroutine.resume(outer))
local co = coroutine.wrap(function(self) return coroutine.close(self) end)
co(outer)
co(outer)
