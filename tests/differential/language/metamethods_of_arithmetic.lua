-- Arithmetic of tables: which operand's metamethod, with what, from where, and what becomes of its results.

local function text(v)
  return type(v) == "table" and v.name or tostring(v)
end

local function make(name, events)
  return setmetatable({ name = name }, events)
end

local events = {
  "add", "sub", "mul", "mod", "pow", "div", "idiv", "band", "bor", "bxor", "shl", "shr",
}
local tracing, other = {}, {}
for _, event in ipairs(events) do
  tracing["__" .. event] = function(x, y, ...)
    return event .. "(" .. text(x) .. ", " .. text(y) .. ", " .. select("#", ...) .. ")"
  end
  other["__" .. event] = function(x, y)
    return "other " .. event .. "(" .. text(x) .. ", " .. text(y) .. ")"
  end
end
local a, b, plain = make("a", tracing), make("b", other), make("plain")

local function both(x, y)
  print(x + y, x - y, x * y, x % y, x ^ y, x / y)
  print(x // y, x & y, x | y, x ~ y, x << y, x >> y)
end
both(a, b)
both(b, a)
both(b, 2.5)
both(2.5, b)
both(b, "10")
both("10", b)
both(b, nil)
both(plain, b)
both(b, plain)

-- Constants, immediates, one operand.
print(b + 1, b - 1, b * 3, b % 7, b ^ 2, b / 4, b // 5, b & 255, b | 1, b ~ 3, b << 2, b >> 2)
print(1 + b, 1 - b, 3 * b, 7 % b, 2 ^ b, 4 / b, 5 // b, 255 & b, 1 | b, 3 ~ b, 2 << b, 2 >> b)
print(b + 1.5, b * "x", "x" * b, b + 100000, 100000 - b)

-- No result, several, a nil; more parameters than operands; fewer.
local function with(f)
  return make("w", { __add = f, __sub = f })
end
local none = with(function() end)
local several = with(function() return 1, 2, 3 end)
local null = with(function() return nil end)
local more = with(function(x, y, z, w) return z == nil and w == nil and text(x) .. text(y) end)
local fewer = with(function(x) return x.name end)
print(none + 1, (none - none), several + 1, several - several, null + null)
print(more + more, more - 1, fewer + fewer, fewer - 2)
local t = { several + 1, none + 1, several + 2 }
print(#t, t[1], t[2], t[3])

-- A result of a tail call, of a call in machine code, of an inner operation.
local Vector = {}
Vector.__index = Vector
function Vector.new(x, y)
  return setmetatable({ x = x, y = y }, Vector)
end
Vector.__add = function(u, v) return Vector.new(u.x + v.x, u.y + v.y) end
Vector.__mul = function(u, k)
  if type(u) == "number" then
    u, k = k, u
  end
  return setmetatable({ x = u.x * k, y = u.y * k }, Vector)
end
Vector.__sub = function(u, v) return u + v * -1 end
Vector.__div = function(u, k) return (function(...) return ... end)(u * (1 / k), "more") end
Vector.__unm = function(u) return u * -1 end
local v = Vector.new(1, 2)
for i = 1, 100 do
  v = (v + Vector.new(i, i)) * 0.5 - Vector.new(1, 1) / 2 + -v * 0.25
end
print(v.x, v.y)

-- Upvalues of a metamethod that outlive it, and one that suspends.
local kept = {}
local closing = with(function(x, y)
  kept[#kept + 1] = function() y = y + 1 return y end
  return #kept
end)
print(closing + 10, closing - 20, kept[1](), kept[1](), kept[2]())
local suspending = with(function(x, y) return coroutine.yield(y) end)
local co = coroutine.wrap(function(first)
  local sum = suspending + first
  return "sum", sum, suspending - sum
end)
print(co(5))
print(co(6))
print(co(7))

-- Errors inside, and depth.
local failing = with(function(x, y) error("no " .. y) end)
print(pcall(function() return failing + 1 end))
print(pcall(function() return 1 - failing end))
local endless = {}
endless.__add = function(x, y) return x + y + 1 end
local ok, message = pcall(function() return setmetatable({}, endless) + 1 end)
print(ok, message)
-- The count of nested calls is as it was.
for _ = 1, 300 do
  assert(not pcall(function() return failing + 1 end))
end
print(more + more)

-- Metamethods that are no functions.
local callable = setmetatable({}, { __call = function(self, x, y) return "called " .. text(x) .. text(y) end })
print(with(callable) + 1, 1 + with(callable), with(math.max) and pcall(function() return with(rawlen) + 1 end))
print(pcall(function() return with(5) + 1 end))
print(pcall(function() return plain + 1 end))

-- With hooks.
local log = {}
debug.sethook(function(event) log[#log + 1] = event end, "cr")
local _ = b + 1
debug.sethook()
print(#log > 2)
local lines = 0
debug.sethook(function() lines = lines + 1 end, "l")
_ = v + v
debug.sethook()
print(lines > 1)
