-- A coroutine that an error ends keeps its frames, those that machine code has called included.
local function report(body, ...)
  local co = coroutine.create(body)
  print(coroutine.resume(co, ...))
  print(debug.traceback(co))
  for level = 0, 4 do
    local info = debug.getinfo(co, level, "Sln")
    if info then
      print(level, info.what, info.name, info.currentline)
      if info.what == "Lua" then print((debug.getlocal(co, level, 1))) end
    end
  end
  collectgarbage()
  print(debug.traceback(co, "after a collection"))
  print(coroutine.close(co))
  print(debug.traceback(co, "closed"))
end
report(function() table.sort({ 3, 2, 1 }, function(a, b) coroutine.yield() end) end)
report(function() table.sort({ 3, 2, 1 }, function(a, b) error("x") end) end)
report(function() string.gsub("abc", ".", function(a) local y = a.b.c end) end)
report(function()
  local function outer(text) return (string.gsub(text, ".", function(a) table.sort({ 1, 2, 3 }, function() error(7) end) end)) end
  outer("text")
end)
report(function()
  local closed <close> = setmetatable({}, { __close = function(_, problem) print("closing", problem) end })
  string.gsub("abc", ".", function(a)
    local inner <close> = setmetatable({}, { __close = function(_, problem) print("closing inner", problem) end })
    local made = function() return inner end
    return a + made
  end)
end)
report(function()
  print(pcall(string.gsub, "abc", ".", function(a) error("caught") end))
  tostring(setmetatable({}, { __tostring = function(self) return #self + {} end }))
end)
report(function() local inner = coroutine.wrap(function() string.gsub("a", "a", error) end) inner() end)
report(function() string.gsub("a", "a", coroutine.wrap(function(a) local b = a .. {} end)) end)
report(function() local function deep() return string.gsub("a", "a", deep) end deep() end)
package.path, package.cpath = "./?.lua", "./?.so"
report(function() require("no.such.module") end)
