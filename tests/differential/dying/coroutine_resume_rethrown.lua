local co = coroutine.create(function(x) local y = x.field.deep end)
local ok, message = coroutine.resume(co, {})
print(ok, message)
error(message, 0)
