-- Coroutines: a pipeline, a round of many, short-lived ones.
local size = tonumber((...)) or 1000000

local function produce(count)
  return coroutine.wrap(function()
    for i = 1, count do coroutine.yield(i) end
  end)
end

local function filter(source)
  return coroutine.wrap(function()
    for value in source do
      if value % 3 ~= 0 then coroutine.yield(value) end
    end
  end)
end

local sum = 0
for value in filter(produce(size)) do
  sum = sum + value
end

local tasks = {}
for i = 1, 100 do
  tasks[i] = coroutine.create(function(step)
    local at = i
    while true do at = at + coroutine.yield(at) + step end
  end)
  coroutine.resume(tasks[i], 1)
end
for turn = 1, size / 100 do
  for i = 1, #tasks do
    local _, at = coroutine.resume(tasks[i], turn)
    sum = sum + at % 7
  end
end

for i = 1, size / 10 do
  sum = sum + coroutine.wrap(function(a) return coroutine.yield(a) end)(i) % 5
end
print(("coroutines %d"):format(sum))
