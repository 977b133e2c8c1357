local co = coroutine.wrap(function()
  for i in function(_, i) return coroutine.yield(i) end do io.write("got ", tostring(i), "\n") end
  return "over"
end)
co()
co(1)                       --> got 1
co(2)                       --> got 2
print(co(nil))              --> over
