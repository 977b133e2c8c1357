-- every kind of instruction, many times: the machine stack must stay as it is
local N = ROUNDS
local mt = setmetatable({}, {__index = function(_, k) return k end, __newindex = function() end, __call = function(_, a) return a end,
  __add = function() return 1 end, __lt = function() return true end, __le = function() return false end, __eq = function() return true end,
  __concat = function() return "c" end, __len = function() return 3 end, __unm = function() return 0 end, __close = function() end})
local up = 0
local function va(...) local a, b = ... ; up = up + select("#", ...) return ... end
local function tail(n) if n > 0 then return tail(n - 1) end return n end
local co = coroutine.wrap(function(a) while true do a = coroutine.yield(a) end end)
local t, g = {1, 2, 3, x = 1}, 0
G = 0
for i = 1, N do
  local a, b, c = i, i + 0.5, "s" .. i
  G = G + 1; g = G; t.x = i; t[1] = i; t[i % 8 + 1] = t.x; t["y"] = c; t[c] = nil
  a = a * 2 // 3 % 7 ~ 5 & 255 | 1 << 2 >> 1; b = -b ^ 2 / 3 + 1 - 2; a = 7 - a; a = ~a; a = #t + #c
  if a < 3 and b <= 2 or not (c == "s1") and a ~= 4 and 3 > a and 5 >= b and c < "z" then a = 1 end
  local v, w = va(1, nil, 3); v = va(); v = { va(1, 2, 3) }
  v = mt.foo; mt.foo = 1; v = mt(2); v = mt + 1; v = mt < 1; v = mt <= 1; v = mt == t; v = mt .. "x"; v = #mt; v = -mt
  v = tail(3); v = co(i); v = pcall(error, "x"); v = (function() return up end)()
  for k, x in pairs(t) do v = x end
  for k, x in ipairs(t) do v = x end
  for j = 1.0, 2.0 do v = j end
  for j = 3, 1, -1 do if j == 2 then goto continue end v = j ::continue:: end
  do local z <close> = mt end
  repeat local z = i; local f = function() return z end v = f() until true
  while v do v = nil end
  v = ("x"):rep(2)
end
