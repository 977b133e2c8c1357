local t = setmetatable({}, {
  __index = function(_, k) return coroutine.yield(k) end,
  __add = function(a, b) return coroutine.yield("add") end,
  __lt = function() return coroutine.yield("lt") end,
  __concat = function() return coroutine.yield("concat") end,
})
local co = coroutine.wrap(function() return t.field, t + 1, t < t, t .. "x" end)
print(co())                 --> field
print(co(1))                --> add
print(co(2))                --> lt
print(co(true))             --> concat
print(co("end"))            --> 1	2	true	end
