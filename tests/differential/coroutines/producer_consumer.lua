local function producer(n) return coroutine.create(function() for i = 1, n do coroutine.yield("item " .. i) end return nil end) end
local function filter(source)
  return coroutine.create(function()
    local line = 1
    while true do
      local _, item = coroutine.resume(source)
      if not item then return nil end
      coroutine.yield(string.format("%3d %s", line, item))
      line = line + 1
    end
  end)
end
local f = filter(producer(4))
while true do
  local _, text = coroutine.resume(f)
  if not text then break end
  print(text)
end
print(coroutine.status(f))
