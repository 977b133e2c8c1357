local function guard(name) return setmetatable({}, {__close = function(_, e) print(name, e) end}) end
local function work()
  local a <close> = guard "a"
  local b <close> = guard "b"
  error("while open")
end
work()
