local queue, log = {}, {}
local function spawn(name, n)
  queue[#queue + 1] = coroutine.create(function()
    for i = 1, n do log[#log + 1] = name .. i coroutine.yield() end
    if name == "b" then error("b dies", 0) end
  end)
end
spawn("a", 3) spawn("b", 2) spawn("c", 4)
while #queue > 0 do
  local co = table.remove(queue, 1)
  local ok, e = coroutine.resume(co)
  if not ok then log[#log + 1] = "!" .. e
  elseif coroutine.status(co) ~= "dead" then queue[#queue + 1] = co end
end
print(table.concat(log, " "))
