local co = coroutine.wrap(function()
  local t = {coroutine.yield(1), coroutine.yield(2), coroutine.yield(3)}
  print(#t, t[1], t[2], t[3])
  print(coroutine.yield(4), (coroutine.yield(5)), coroutine.yield(6))
  local s = coroutine.yield(7) .. coroutine.yield(8) .. coroutine.yield(9)
  print(s)
  for i = coroutine.yield(10), coroutine.yield(11) do io.write(i, " ") coroutine.yield("loop") end print()
  while coroutine.yield(12) ~= "12" do end
  repeat local x = coroutine.yield(13) until x == "13"
  local function tail() return coroutine.yield(14) end
  print(tail())
  return coroutine.yield(15), "end"
end)
local v = co()
while true do
  local a, b = co(v == 10 and 1 or v == 11 and 3 or tostring(v))
  if b == "end" then print(a, b) break end
  v = a
end
