-- Constructors with names for keys: every shape that one site can make, and what becomes of the tables afterwards.

local function sorted(t)
  local keys = {}
  for k in pairs(t) do keys[#keys + 1] = tostring(k) end
  table.sort(keys)
  for i, k in ipairs(keys) do keys[i] = k .. "=" .. tostring(rawget(t, k) or rawget(t, tonumber(k))) end
  return table.concat(keys, " ")
end

local function point(x, y, z) return { x = x, y = y, z = z } end
for i = 1, 3 do print(sorted(point(i, i + 1, i + 2))) end
-- Values that are nil are no entries, and `next` does not see them.
print(sorted(point(nil, 2, nil)), next(point(nil, nil, nil)), next(point(nil, nil, 1)))
local p = point(1, nil, 3)
print(p.y, rawget(p, "y"), rawlen(p), #p)
p.y = "late"
print(sorted(p))
for k in pairs(p) do p[k] = nil end
print(next(p))
p.w, p.v, p.u, p.x = 1, 2, 3, 4
print(sorted(p))

-- The tables are their own.
local a, b = point(1, 2, 3), point(1, 2, 3)
a.x, a.extra = "mine", true
print(sorted(a), sorted(b), a == b)
for i = 1, 20 do a["k" .. i] = i end
print(sorted(a))

-- The same name twice, positions, computed keys, nesting, functions, branches, calls, varargs.
local function all(...)
  return {
    n = select("#", ...), 1, 2, name = "first", [3] = "three", name = "second", ["key"] = ..., nested = { n = 0, m = { n = 1 } },
    either = ... and "some" or "none", f = function(...) return { n = ... == nil } end and 5, ...,
  }
end
for _, t in ipairs { all(), all(7, 8), all(false) } do
  print(t.n, t[1], t[2], t[3], t[4], t[5], t.name, t.key, t.nested.n, t.nested.m.n, t.either, t.f, #t)
end

-- A constructor that is left by an error or a yield, and entered again.
local function risky(f) return { before = 1, value = f(), after = 2 } end
print(pcall(risky, function() error("out", 0) end))
print(sorted(risky(function() return 5 end)))
local co = coroutine.wrap(function() return sorted(risky(coroutine.yield)) end)
co()
local other = coroutine.wrap(function() return sorted(risky(coroutine.yield)) end)
other()
collectgarbage()
print(co("a"), other(nil))

-- Fields that are assigned behind the constructor, on the same register and others.
for i = 1, 3 do
  local t = { a = i }
  t.b = i * 2
  t.c = t.a + t.b
  if i == 2 then t.d = "even" end
  local u = { a = t.c }
  print(sorted(t), sorted(u))
end

-- Metatables: what a fresh table lacks, a template does not give it.
local log = {}
local mt = {
  __index = function(_, k) return "absent " .. k end,
  __newindex = function(t, k, v) log[#log + 1] = k rawset(t, k, v) end,
}
for _ = 1, 2 do
  local t = setmetatable({ a = 1, b = nil, c = 3 }, mt)
  print(t.a, t.b, t.c, t.d)
  t.b = 2
  t.d = 4
  t.b = 5
  print(t.b, t.d, table.concat(log, " "))
end
local class = { __eq = nil, __add = nil, name = "class" }
local x, y = setmetatable({}, class), setmetatable({}, class)
print(x == y, pcall(function() return x + y end))
class.__eq = function() return true end
class.__add = function() return "sum" end
print(x == y, x + y)

-- Weak ones, and keys that are garbage but for the constructor.
local weak = setmetatable({}, { __mode = "v" })
for i = 1, 50 do weak[i] = { id = i, self = weak } end
collectgarbage()
print(next(weak))
local made = load("return { only_here_" .. "once = 1, and_" .. "here = 2 }")
local kept = made()
made = nil
collectgarbage()
collectgarbage()
print(sorted(kept))
kept["only_here_" .. "once"] = nil
collectgarbage()
kept["and_" .. "here"] = kept["only_here_" .. "once"]
print(next(kept))

-- Many sites in one function, more than there are numbers for; a large constructor.
local source = {}
for i = 1, 300 do source[i] = ("{ a%d = %d, b = %d }"):format(i, i, i) end
local many = load("return {" .. table.concat(source, ",") .. "}")
local first, second = many(), many()
for _, i in ipairs { 1, 2, 44, 45, 46, 47, 255, 256, 257, 300 } do
  print(i, sorted(first[i]), second[i]["a" .. i], second[i] ~= first[i])
end
local fields = {}
for i = 1, 400 do fields[i] = "f" .. i .. "=" .. i end
local large = load("return {" .. table.concat(fields, ",") .. "}")
local sum = 0
for _, v in pairs(large()) do sum = sum + v end
print(sum, large().f400)

-- A dumped function makes the same.
local dumped = load(string.dump(function() return { a = 1, b = { c = 2 } } end))
print(dumped().a, dumped().b.c)
print(string.dump(dumped) == string.dump(load(string.dump(dumped))))
