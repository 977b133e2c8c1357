local function make()
  local shared, private = 0, {}
  local function inc() shared = shared + 1 return shared end
  local function get() return shared end
  local function nested() return function() return function() shared = shared * 2 return shared end end end
  return inc, get, nested()()
end
local inc, get, double = make()
inc() inc()
print(get(), double(), get(), inc())
local inc2, get2 = make()
print(get2(), inc2(), get())
local fs = {}
for i = 1, 3 do local x = i fs[i] = {set = function(v) x = v end, get = function() return x + i end} end
fs[1].set(100)
print(fs[1].get(), fs[2].get(), fs[3].get())
local n = 0
local f = function() n = n + 1 return n end
print(f() + f() * f(), n)
local w = {} do local k = 1 while k <= 3 do local c = k w[k] = function() c = c + 1 return c end k = k + 1 end end
print(w[1](), w[1](), w[2](), w[3]())
