local function nest(n) return coroutine.wrap(function() return nest(n + 1) end)() end
local ok, message = pcall(nest, 1)
print(ok, message:match "C stack overflow")
