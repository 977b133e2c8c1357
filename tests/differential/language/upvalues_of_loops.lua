local f
do
  local a, b = 1, 2
  local function g() a = a + b return a end
  f = function() return g() + b end
  b = 10
end
print(f(), f())
local t = {}
for k, v in ipairs {"x", "y"} do t[k] = function(n) v = v .. (n or "") return k, v end end
print(t[1]("1")) print(t[1]("2")) print(t[2]())
repeat local r = {} local s = function() return r end until s() == r
local function rec(n) local l = n return n > 0 and {function() l = l + 1 return l end, rec(n - 1)} or nil end
local chain = rec(3)
print(chain[1](), chain[1](), chain[2][1](), chain[2][2][1]())
