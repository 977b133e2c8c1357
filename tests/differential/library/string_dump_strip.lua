-- A stripped function has no names and no lines, and does the same.
local function stripped(f, ...) return assert(load(string.dump(f, true), "named", "b", ...)) end
local kept = load(string.dump(function() return 1 end, false))
print(debug.getinfo(kept, "S").source ~= "=?", #string.dump(kept) > #string.dump(kept, true))

local up = 1
local f = stripped(load([[
local a, b = ...
local function inner(x) return x.y.z, a end
local up = function() return inner, b end
local info = debug.getinfo(1, "Slnut")
print(info.source, info.short_src, info.what, info.currentline, info.linedefined, info.lastlinedefined)
print(info.nups, info.nparams, info.isvararg, info.name, info.namewhat)
for i = 1, 4 do print(i, (debug.getlocal(1, i))) end
print(debug.getlocal(1, -1)) print(debug.getlocal(inner, 1))
print((debug.getupvalue(inner, 1)), (debug.getupvalue(up, 2)))
info = debug.getinfo(inner, "SL")
print(info.what, info.linedefined, info.lastlinedefined, next(info.activelines))
print(pcall(inner, {})) print(pcall(inner)) print(pcall(inner, 5))
print(pcall(function() return a.b.c end))
print(pcall(function() return a + {} end))
print(pcall(function() return undefinedglobal.x end))
print(pcall(function() undefinedglobal() end))
print(pcall(function() local s = "x" s:nomethod() end))
print(pcall(function() return #a, -{} end))
print(pcall(function() return {} .. "x" end))
print(pcall(function() return {} < {} end))
print(pcall(function() local t = {} t.x.y = 1 end))
print(pcall(function() for i = 1, "x" do end end))
print(pcall(function() local c <close> = 1 end))
print(pcall(function() return 1 < "x" end))
print(pcall(error, "with level 1")) print(pcall(function() error("in stripped code") end))
print(pcall(function() error("level 2", 2) end)) print(pcall(function() string.rep() end))
print(pcall(function() ("x"):rep({}) end)) print(select(2, pcall(error, {code = 1})).code)
print(debug.traceback("trace"))
print(xpcall(function() local x = nil; x() end, debug.traceback))
]], "@some/file.lua"))
print(pcall(f, 1, 2))
print(select(2, pcall(stripped(function() local t = {} t.a.b = 1 end))))
print(stripped(function(x) return x and not up end)(true))
print((debug.getupvalue(stripped(function() return up end), 1)))

-- Line hooks in code without lines.
local lines = 0
debug.sethook(function(event, line) if event == "line" and line == nil then lines = lines + 1 end end, "l")
stripped(function() local a = 1 for i = 1, 3 do a = a + i end return a end)()
debug.sethook()
print(lines)

-- Any true value strips.
local g = load("return 1", "=g")
print(string.dump(g, 1) == string.dump(g, true), string.dump(g, nil) == string.dump(g), string.dump(g, false) == string.dump(g))
-- Coroutines that fail in stripped code.
local co = coroutine.create(stripped(function(yield) yield(1) local x = nil; return x.y end))
print(coroutine.resume(co, coroutine.yield)) print(coroutine.resume(co)) print(debug.traceback(co))
