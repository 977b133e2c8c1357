local function show(level) local i = 1 while true do local n, v = debug.getlocal(level + 1, i) if not n then break end io.write(n, "=", type(v) == "number" and v or type(v), " ") i = i + 1 end print() end
local function f(a, b, ...) local c = 3 do local d = 4 show(1) end for i = 1, 1 do show(1) end local e <const> = 5 show(1) local v1, v2, v3 = debug.getlocal(1, -1), debug.getlocal(1, -2), debug.getlocal(1, -3) print(v1, v2, v3) print(debug.getlocal(1, -2)) end
f(1, 2, "x", "y")
print(debug.getlocal(f, 1), debug.getlocal(f, 2), debug.getlocal(f, 3))
local function g(x) local name = debug.setlocal(1, 1, "changed") return x, name end
print(g "original")
local x = 1
print(debug.setlocal(1, 100, 5))
print(pcall(debug.getlocal, 100, 1))
local co = coroutine.create(function(p) local q = p * 2 coroutine.yield() return q end) coroutine.resume(co, 21)
print(debug.getlocal(co, 1, 1))
print(debug.getlocal(co, 1, 2))
print(debug.setlocal(co, 1, 2, "replaced"))
print(coroutine.resume(co))
