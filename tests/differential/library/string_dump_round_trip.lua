-- What a function does survives being dumped; its upvalues do not.
local function again(f, ...) return assert(load(string.dump(f), "again", "b", ...)) end

print(again(function(...) return select("#", ...), ... end)(1, nil, "x"))
print(again(function(a, b) local t = {a, b, n = 1.5, [3] = true} return #t, t.n, t[3], a .. b, a < b end)("1", "2"))
print(again(function() return 0x7fffffffffffffff, -0x7fffffffffffffff - 1, 1e308 * 10, -0.0, "a\1b", #"a\0b\xff", nil, false end)())
print(again(function(n) local s = 0 for i = 1, n do s = s + i end for i = n, 1, -0.5 do s = s + i end return s end)(10))
print(again(function(t) local r = {} for k, v in pairs(t) do r[#r + 1] = v end return table.concat(r, ",") end)({1, 2, 3}))
print(again(function() goto over ::back:: do return "back" end ::over:: goto back end)())
local long = ("0123456789"):rep(10)
print(again(load("return '" .. long .. "', ({x = 1}).x"))() == long)

-- Upvalues are fresh; the first is the environment, whatever it is.
local count, other = 10, 20
local function counter() count = (count or 0) + 1 return count, other end
local fresh = again(counter)
print(counter(), pcall(fresh))
for i = 1, 3 do print((debug.getupvalue(fresh, i))) end
print(debug.setupvalue(fresh, 1, 5), debug.setupvalue(fresh, 2, "o"), fresh())
debug.upvaluejoin(fresh, 1, counter, 1)
print(fresh(), counter())
print(again(function() return x, y end, {x = 1, y = 2})())
print(pcall(again(function() return x end, 5)))
print(again(function() return 1 end, {})())
local up
local second = again(function() local y = up return print ~= nil and y end)
print(debug.getupvalue(second, 1), (debug.getupvalue(second, 2)))
debug.setupvalue(second, 2, _G) debug.setupvalue(second, 1, "set")
print(second())
print(load(string.dump(function() return y end), "n", "b", {y = "env"})())

-- Functions inside share variables with one another as before.
local make = again(function(start)
  local n = start
  local function get() return n end
  local function set(v) n = v end
  return get, set, function() return function() n = n .. "!" return n end end
end)
local get, set, nested = make("a")
set("b") print(get(), nested()(), get())
print(again(function(n) local function f(n) if n < 2 then return 1 end return n * f(n - 1) end return f(n) end)(10))

-- Closing, methods, coroutines, errors.
local log = {}
print(again(function(log, setmetatable)
  local a <close> = setmetatable({}, {__close = function(_, e) log[#log + 1] = "a" end})
  for i = 1, 2 do
    local b <close> = setmetatable({}, {__close = function() log[#log + 1] = "b" .. i end})
    if i == 2 then goto done end
    ::continue::
  end
  ::done::
  return #log
end)(log, setmetatable), table.concat(log, " "))
print(again(function(s) return s:upper():rep(2, "-") end)("q"))
local co = coroutine.wrap(again(function(yield, x) for i = 1, 2 do x = yield(x + i) end return "end" end))
print(co(coroutine.yield, 1), co(10), co(0))

-- Lines and names are kept, and the source.
local f = again(load("local a = 1\n\nlocal function g(x, y)\n  return a + x.y.z\nend\nreturn g", "@dir/file.lua"))
print(pcall(f(), {}, 2))
local info = debug.getinfo(f(), "SL")
print(info.source, info.short_src, info.linedefined, info.lastlinedefined, info.what)
print(debug.getlocal(f(), 1), debug.getlocal(f(), 2), debug.getlocal(f(), 3), (debug.getupvalue(f(), 1)))
print(debug.getinfo(again(load("return 1", "=name")), "S").source, debug.getinfo(again(load("return 1")), "S").source)

-- Dumping again yields the same bytes, from the function and from what was loaded.
for _, strip in ipairs {false, true} do
  for _, g in ipairs {counter, make, f, function(...) local t = {...} return #t end} do
    local bytes = string.dump(g, strip)
    print(bytes == string.dump(g, strip), bytes == string.dump(load(bytes, "other name"), strip))
  end
end

-- What cannot be dumped.
print(pcall(string.dump, print))
print(pcall(string.dump, coroutine.wrap(function() end)))
print(pcall(string.dump)) print(pcall(string.dump, 1)) print(pcall(string.dump, {}))
