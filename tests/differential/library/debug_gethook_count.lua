-- golua's tests ask for the count of a hook that was set with a negative one: it is kept, and counts nothing.
local function hook() end
for _, count in ipairs {-8, 0, 1, 3, -1, 2^31 | 0, 2^32 + 5 | 0, math.mininteger, math.maxinteger} do
  for _, letters in ipairs {"cr", "l", ""} do
    debug.sethook(hook, letters, count)
    print(count, letters, select(2, debug.gethook()), (select(3, debug.gethook())))
  end
end
local counted = 0
debug.sethook(function(event) if event == "count" then counted = counted + 1 end end, "r", -1)
for _ = 1, 100 do math.abs(1) end
debug.sethook()
print(counted, debug.gethook())
