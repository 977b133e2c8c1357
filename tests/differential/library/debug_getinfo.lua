local function f(a, b, ...) local c = 1 return debug.getinfo(1, "nSlutf") end
local i = f(1, 2, 3)
print(i.name, i.namewhat, i.short_src, i.source, i.what, i.currentline, i.linedefined, i.lastlinedefined, i.nups, i.nparams, i.isvararg, i.istailcall, i.func == f)
i = debug.getinfo(print)
print(i.what, i.short_src, i.source, i.currentline, i.linedefined, i.nparams, i.isvararg, i.nups) i = debug.getinfo(1)
print(i.what, i.name, i.currentline, i.nparams, i.isvararg)
print(debug.getinfo(100), pcall(debug.getinfo, 1, "X"))
print(pcall(debug.getinfo, "x"))
local t = {m = function() return debug.getinfo(1, "n") end} function t:method() return debug.getinfo(1, "n") end function global_function() return debug.getinfo(1, "n") end
local n = t.m()
print(n.name, n.namewhat) n = t:method()
print(n.name, n.namewhat) n = global_function()
print(n.name, n.namewhat)
local up = function() local r = f() return r end n = up()
print(n.name, n.namewhat) n = (function() return debug.getinfo(1, "nt") end)()
print(n.name, n.namewhat, n.istailcall)
local lines = debug.getinfo(load("local a = 1\n\nlocal b = 2\nreturn a"), "L").activelines
local keys = {}
for k in pairs(lines) do keys[#keys + 1] = k end table.sort(keys)
print(table.concat(keys, " "))
local mt = setmetatable({}, {__index = function() return debug.getinfo(1, "n") end, __add = function() return debug.getinfo(1, "n") end}) n = mt.x
print(n.name, n.namewhat) n = mt + 1
print(n.name, n.namewhat)
for _ in (function() n = debug.getinfo(1, "n") end) do end
print(n.name, n.namewhat)
