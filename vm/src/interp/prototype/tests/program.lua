local a, b, c = 1, 2.5, "text"
local t = {1, 2, 3, a, x = b, [c] = {y = {z = 4}}, n = nil, f = false}
local out = {}
local function add(...)
  local count = select("#", ...)
  for i = 1, count do out[#out + 1] = tostring((select(i, ...))) end
  return ...
end
add(a + b, a - 1, 2 - a, b * 3, 7 // 2, 7 % 4, 2 ^ 3, a / 2, -b, #t, a & 3, 4 | a, a ~ 9, a << 4, 256 >> a, ~a)
add(c .. a .. b, a == 1, a ~= b, a < b, b <= a, a > 0, a >= 5, c == "text", not a, t.f or "or", t.x and "and")
add(t.text.y.z, t[1], t["x"], t[c].y.z, rawlen(t))
t.text.y.z, t[a], t[9], t.new = 5, t[2], "nine", t
local object = setmetatable({v = 10}, {
  __index = function(_, k) return k .. "!" end, __newindex = rawset, __call = function(self, n) return self.v + n end,
  __add = function(x, y) return 99 end, __concat = function() return "cat" end, __eq = function() return true end,
  __lt = function() return true end, __le = function() return false end, __len = function() return 7 end,
  __unm = function() return "neg" end,
})
function object:method(n) return self.v, n end
add(object(5), object + 1, object .. "x", #object, -object, object < object, object <= object, object.absent)
add(object:method(3))
for i = 3, 1, -1 do add(i) end
for i = 1.0, 2.0, 0.5 do add(i) end
for i, v in ipairs(t) do if i > 3 then break end add(v) end
for k in pairs({only = 1}) do add(k) end
for w in string.gmatch("one two", "%a+") do add(w) end
local i = 0
while true do i = i + 1 if i > 4 then break elseif i % 2 == 0 then goto continue end add(i) ::continue:: end
repeat local last = i i = i - 1 until last < 2
local makers = {}
for n = 1, 3 do makers[n] = function(d) n = n + (d or 0) return n, a end end
add(makers[1](5), makers[1](), makers[2](1))
do
  local one <close> = setmetatable({}, {__close = function() out[#out + 1] = "closed one" end})
  local two <close> = setmetatable({}, {__close = function() out[#out + 1] = "closed two" end})
  add(function() return one end ~= nil)
end
local function closing(stop)
  for n = 1, 3 do
    local each <close> = setmetatable({}, {__close = function() out[#out + 1] = "each " .. n end})
    if n == stop then return n, "stopped" end
    local keep = function() return each, n end
    if keep == nil then goto leave end
  end
  ::leave::
  return "through"
end
add(closing(2)) add(closing())
local function generic()
  local log = {}
  for v in function(s, k) if k < 2 then return k + 1 end end, nil, 0, setmetatable({}, {__close = function() log[1] = "c" end}) do
    log[#log + 2] = v
  end
  return log[1], #log > 0
end
add(generic())
local function tail(n, ...) if n == 0 then return ... end return tail(n - 1, n, ...) end
add(tail(5, "end")) add((tail(3)))
local function varargs(...) local x, y = ... return {...}, x, y, ... end
add(#varargs(1, 2, 3), select("#", varargs(1)), select(2, varargs("p", "q")))
add(debug.getlocal(1, 1)) add((debug.getlocal(1, 2))) add(debug.setlocal(1, 1, 2)) add(debug.traceback("t") ~= nil)
return table.unpack(out)
