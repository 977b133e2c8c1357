local co = coroutine.wrap(function() while true do coroutine.yield(1) end end)
print(co())
debug.sethook(function() local t = nil; t.x = 1 end, "", 3)
for i = 1, 10 do co() end
