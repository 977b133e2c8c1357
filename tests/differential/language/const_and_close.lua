local log = {}
local function res(name) return setmetatable({}, {__close = function(self, e) log[#log + 1] = name .. ":" .. tostring(e) end}) end
local function flush() print(table.concat(log, " ")) log = {} end
do local a <close>, b <const> = res "a", 5 log[#log + 1] = "b=" .. b end flush()
local function f() local x <close> = res "x" return log[#log + 1] end
f() flush()
for i = 1, 2 do local y <close> = res("y" .. i) if i == 2 then break end end flush()
pcall(function() local p <close> = res "p" local q <close> = res "q" error("E", 0) end) flush()
local function g(...) local z <close> = res "z" return ... end
print(g(1, 2, 3)) flush()
local co = coroutine.wrap(function() local w <close> = res "w" coroutine.yield(1) return 2 end)
print(co()) flush() print(co()) flush()
print(load "local x <const> = 1; x = 2")
print(load "local x <const> = 1; local function f() x = 2 end")
print(load "local a <close>, b <close> = 1, 2")
print(load "local a <strange> = 1")
print(pcall(load "local x <close> = {}"))
do local c1 <const>, c2 <const>, c3 <const> = 10, "s", nil print(c1, c2, c3, c1 + 1, -c1) end
