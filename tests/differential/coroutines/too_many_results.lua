local function many(count) return coroutine.create(function() return table.unpack({}, 1, count) end) end
for _, count in ipairs {999000, 1000000, 1000005} do
  print(count, (select("#", coroutine.resume(many(count)))), (coroutine.resume(many(count))))
end
local function deep(n, f, ...) if n == 0 then return pcall(f, ...) end local a, b, c, d, e, f1, g, h = deep(n - 1, f, ...) return a, b, c end
local co = many(960000)
print(deep(6000, coroutine.resume, co))
print(coroutine.status(co))
print(deep(6000, coroutine.wrap(function() return table.unpack({}, 1, 960000) end)))
local co = coroutine.wrap(function() coroutine.yield(table.unpack({}, 1, 960000)) return "after" end)
print(deep(6000, co))
print(co())
