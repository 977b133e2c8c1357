local function failing(name, log) return setmetatable({}, {__close = function(_, e) print(name, e) error(name .. " failed", 0) end}) end
local function quiet(name) return setmetatable({}, {__close = function(_, e) print(name, e) end}) end
print(pcall(function() local a <close> = quiet "a" local b <close> = failing "b" local c <close> = quiet "c" end))
print(pcall(function() local a <close> = failing "a" local b <close> = failing "b" error("body", 0) end))
print(pcall(function() local a <close> = quiet "a" local b <close> = failing "b" return "result" end))
local co = coroutine.create(function() local a <close> = failing "a" local b <close> = quiet "b" coroutine.yield() end)
coroutine.resume(co)
print(coroutine.close(co)) print(coroutine.status(co), coroutine.close(co))
co = coroutine.wrap(function() local a <close> = setmetatable({}, {__close = function() coroutine.yield "from close" end}) return "value" end)
print(co()) print(co())
co = coroutine.wrap(function()
  return pcall(function() local a <close> = setmetatable({}, {__close = function(_, e) coroutine.yield(e) end}) error("E", 0) end)
end)
print(co()) print(co())
