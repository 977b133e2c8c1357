local function f() assert(coroutine.resume(coroutine.create(f))) end
f()
