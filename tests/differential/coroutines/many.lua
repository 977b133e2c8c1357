local cos = {}
for i = 1, 2000 do
  cos[i] = coroutine.create(function(a) local sum = a while true do sum = sum + coroutine.yield(sum) end end)
end
local total = 0
for round = 1, 3 do for i = 1, #cos do local _, v = coroutine.resume(cos[i], i) total = total + v end end
print(total)
cos = nil
collectgarbage()
local function chain(n) if n == 0 then return "bottom" end return coroutine.wrap(function() return chain(n - 1) end)() end
print(chain(100))
local function deep(n) if n == 0 then coroutine.yield "deep" return 0 end return 1 + deep(n - 1) end
local co = coroutine.wrap(deep)
print(co(5000)) print(co())
