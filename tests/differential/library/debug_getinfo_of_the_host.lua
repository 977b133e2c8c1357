-- Below the main chunk stands the program that runs it: a function that is not Lua's.
local level = 1
while debug.getinfo(level + 1) do level = level + 1 end
local info = debug.getinfo(level)
print(level, type(info.func), info.what, info.name, info.namewhat, info.nups, info.short_src, info.currentline)
print(debug.getinfo(level, "f").func == info.func, debug.getinfo(info.func, "S").what)
print(debug.getupvalue(info.func, 1), debug.getlocal(info.func, 1))
print(debug.traceback("here"))
local co = coroutine.create(function() coroutine.yield() end)
coroutine.resume(co)
print(debug.getinfo(co, 1, "S").what, debug.getinfo(co, 2))
collectgarbage()
print(debug.getinfo(level, "f").func == info.func)
