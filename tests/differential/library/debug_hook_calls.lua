local log = {} local function hook(event) local i = debug.getinfo(2, "nSt") log[#log + 1] = event .. ":" .. (i.name or i.what) end
local function leaf() return 1 end local function tail() return leaf() end local function outer() local r = leaf() return tail() end
debug.sethook(hook, "cr") outer() math.abs(1) pcall(error, "x") local t = setmetatable({}, {__index = function(_, k) return k end}) local _ = t.key debug.sethook() print(table.concat(log, " ")) log = {}
debug.sethook(hook, "c") outer() debug.sethook() print(table.concat(log, " ")) log = {} debug.sethook(hook, "r") outer() debug.sethook() print(table.concat(log, " ")) log = {}
local co = coroutine.create(function() leaf() coroutine.yield() leaf() end) debug.sethook(co, hook, "cr") coroutine.resume(co) coroutine.resume(co) print(table.concat(log, " ")) log = {} debug.sethook(hook, "cr") coroutine.wrap(leaf)() table.sort({2, 1}, function(a, b) return a < b end) debug.sethook() print(table.concat(log, " "))
