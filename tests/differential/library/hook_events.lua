local n=0
local function f(a,...)
  local x = a+1
  return x, ...
end
debug.sethook(function(e,l) io.write(e,"(",tostring(l),") ", debug.getinfo(2,"n").name or "-", " ") io.write("\n") end, "crl")
f(1,2,3)
for i=1,3 do
  n = n + 1
end
local t = setmetatable({},{__index=function(t,k)
   return k
end})
local y = t.foo
local c = coroutine.wrap(function() coroutine.yield(1) end)
c() 
pcall(f, 1)
do
 local z <close> = setmetatable({},{__close=function() n=1
 end})
 local z2 <close> = setmetatable({},{__close=function() n=1
 end})
 n=3
end
local function g() return f(9) end
g()
table.sort({3,1,2}, function(a,b) return a<b end)
debug.sethook()
print(debug.gethook())
