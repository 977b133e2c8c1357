-- errors in hooks, tracebacks, hook in coroutine, hooks set in hook, gc in hooks, setlocal, yields
local co = coroutine.create(function(a) local b = a*2; coroutine.yield(b); error("x") end)
debug.sethook(co, function(e,l) print("co",e,l) end, "l")
print(debug.gethook(co) ~= nil, debug.gethook())
print(coroutine.resume(co, 4)); print(coroutine.resume(co))
print(pcall(function() debug.sethook(function(e,l) debug.sethook(); error("in hook") end, "l")
 local x = 1
 return x end))
print(debug.gethook())
local function lvl() print(debug.traceback("tb")) end
debug.sethook(function() debug.sethook() lvl() end, "l")
local z = 1
debug.sethook(function(e) debug.sethook() local i = debug.getinfo(1,"nSl"); print(e,i.name,i.namewhat) end, "c")
math.abs(1)
local count = 0
debug.sethook(function() count = count + 1 end, "", 100)
for i=1,10000 do local x = {} end
debug.sethook()
print(count > 90)
debug.sethook(function(e,l) local n,v = debug.getlocal(2,1) if math.type(v) then debug.setlocal(2,1,v+1) end end, "r")
local function add(a) return a end
print(add(1)) debug.sethook()
print(pcall(debug.sethook, 1, "c"), pcall(debug.sethook, print), pcall(debug.sethook, print, "c", "x"))
debug.sethook(nil) debug.sethook(print, "")  print(debug.gethook())
local c2 = coroutine.wrap(function() debug.sethook(function(e,l) coroutine.yield(l) end,"l")
  local a = 1
  return a end)
print(pcall(c2))
debug.sethook(function(e,l) io.write(l," ") end, "l")
local i = 0
repeat
  i = i + 1
until i > 3
while i > 0 do i = i - 1 end
goto done
::back:: do debug.sethook() end goto fin
::done:: goto back
::fin::
print()
debug.sethook(function() error("die") end,"l")
local q = 1
