local function y(...) return coroutine.yield(...) end
local co = coroutine.wrap(function()
  print("pcall", pcall(y, 1))
  print("xpcall", xpcall(y, debug.traceback, 2))
  print("nested", pcall(pcall, y, 3))
  print("error", pcall(function() y(4) error("E", 0) end))
  print("xerror", xpcall(function() y(5) error("E", 0) end, function(m) return "<" .. m .. ">" end))
  print("deep", pcall(function() return pcall(function() return pcall(function() return y(6) end) end) end))
  return "end"
end)
local v = co()
while v ~= "end" do io.write("yielded ", tostring(v), "\n") v = co("r" .. v) end
