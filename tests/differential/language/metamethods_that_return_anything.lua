-- What the functions of metamethods return, and how: nothing, several values, by a tail call, from variable
-- arguments, out of a coroutine that was suspended in them, after an error.
local function show(what, ...) print(what, select("#", ...), ...) end

local ways = {
  nothing = function() end,
  one_nil = function() return nil end,
  no = function() return false end,
  zero = function() return 0 end,
  several = function(a, b) return 1, 2, 3 end,
  tail = function(...) return (select(2, ...)) end,
  tail_of_several = function(a, b, c) local function f(...) return ... end return f(7, b == nil, c == nil) end,
  many = function(...) return select("#", ...) end,
  native = math.type,
  yields = function(a, b) return (coroutine.yield("out")) end,
  deep = function(a, b) local function f(n) if n == 0 then return n end return f(n - 1) + 1 end return f(50) end,
}
local names = {}
for name in pairs(ways) do names[#names + 1] = name end
table.sort(names)

local operations = {
  index = function(x) return x.field end,
  index_global = function(x) local _ENV <const> = x return absent end,
  index_item = function(x) return x[1] end,
  index_value = function(x) local key = 1.5 return x[key] end,
  method = function(x) return pcall(function() return x:method(1) end) end,
  newindex = function(x) x.field = 1 return rawget(x, "field") end,
  newindex_item = function(x) x[1] = 1 return rawget(x, 1) end,
  newindex_global = function(x) local _ENV <const> = x absent = 2 return nil end,
  call = function(x) return x(1, 2) end,
  call_one = function(x) return (x(1, 2)) end,
  len = function(x) return #x end,
  unm = function(x) return -x end,
  bnot = function(x) return ~x end,
  add = function(x, y) return x + y end,
  add_number = function(x) return x + 1, 1 + x, x + 1.5 end,
  pow = function(x, y) return x ^ y, x ^ 2, 2 ^ x end,
  idiv = function(x, y) return x // y, x % y, x // 2, x % 2 end,
  band = function(x, y) return x & y, x | 1, 1 ~ x, x << 1, x >> 1 end,
  concat = function(x, y) return x .. y, "a" .. "b" .. x, x .. 1 .. 2 end,
  eq = function(x, y) return x == y, x ~= y, not (x == y) end,
  eq_branch = function(x, y) if x == y then return "equal" end return "different" end,
  lt = function(x, y) return x < y, x > y, x < 1, x > 1 end,
  le = function(x, y) return x <= y, x >= y, 1 <= x, 1 >= x end,
  le_branch = function(x, y) local n = 0 while not (x <= y) and n < 3 do n = n + 1 end return n end,
  close = function(x) do local y <close> = x end return "closed" end,
}
local events = {}
for name in pairs(operations) do events[#events + 1] = name end
table.sort(events)

for _, event in ipairs(events) do
  for _, name in ipairs(names) do
    local metatable = {}
    for _, key in ipairs { "index", "newindex", "call", "len", "unm", "bnot", "add", "pow", "idiv", "mod", "band",
        "bor", "bxor", "shl", "shr", "concat", "eq", "lt", "le", "close" } do
      metatable["__" .. key] = ways[name]
    end
    metatable.__name = "Thing"
    local x, y = setmetatable({}, metatable), setmetatable({}, metatable)
    local co = coroutine.wrap(function()
      local function run(...)
        return pcall(operations[event], ...)
      end
      return "done", run(x, y)
    end)
    for round = 1, 20 do
      local results = table.pack(co(round))
      for i = 1, results.n do
        local value = results[i]
        if value == x or value == y then value = "a thing" end
        results[i] = type(value) == "function" and "function" or rawequal(value, x) and "x" or value
        if type(results[i]) == "table" then results[i] = "table" end
      end
      show(event .. " " .. name, table.unpack(results, 1, results.n))
      if results[1] == "done" then break end
    end
  end
end

-- Squares and other powers of numbers of both kinds, and of what reads as a number.
for _, x in ipairs { 0, 1, -3, 3037000500, math.maxinteger, math.mininteger, 0.5, -0.0, 1e200, -1e200, 0 / 0, "4", "0x10" } do
  local text = {}
  for _, y in ipairs { 2, 2.0, 0, 0.5, -1, -2, 3, 1e3, "2" } do text[#text + 1] = ("%.14g"):format(x ^ y):gsub("^%-nan$", "nan") end
  print(x, x ^ 2 == x * x + 0.0, math.type(x ^ 2), table.concat(text, " "))
end

-- Fields under a class whose metamethods come and go.
local log = {}
local Class = {}
local object = setmetatable({ own = 1 }, Class)
local function probe() object.own = object.own object.other = object.other return rawget(object, "other") end
show("none", probe())
Class.__newindex = function(t, k, v) log[#log + 1] = k rawset(t, k, 5) end
object.other = nil
show("nothing to store under", probe(), #log)
object.third = nil
show("called", rawget(object, "third"), #log)
object.other, object.third = nil, nil
Class.__newindex = {}
show("stored elsewhere", probe(), next(Class.__newindex))
object.other = 3
show("stored elsewhere", rawget(object, "other"), Class.__newindex.other)
rawset(object, "other", 4)
object.other = 6
show("stored here", rawget(object, "other"), Class.__newindex.other)
Class.__newindex = nil
object.fourth = 1
show("none again", rawget(object, "fourth"))
Class.__index = function(t, k) return k end
show("index", object.absent, object.own, object[1], object[true])
Class.__index = setmetatable({}, { __index = function(t, k) return k .. "!" end })
show("index", object.absent, object.own, object.absent)

-- The depth of functions that call their own metamethod.
local nested = setmetatable({}, {})
for event, operation in pairs { __index = function() return nested.x end, __len = function() return #nested end,
    __newindex = function() nested.x = 1 end, __eq = function() return nested == setmetatable({}, getmetatable(nested)) end,
    __lt = function() return nested < nested end, __concat = function() return nested .. 1 end } do
  getmetatable(nested)[event] = operation
  local ok, message = pcall(operation)
  print(ok, (tostring(message):gsub("^.-:%d+: ", ""):gsub("\n.*", "")))
  getmetatable(nested)[event] = nil
end
