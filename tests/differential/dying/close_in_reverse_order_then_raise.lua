local function guard(name, fail)
  return setmetatable({}, {__close = function(_, e) print(name, e) if fail then error(name .. " failed", 0) end end})
end
local a <close> = guard("a")
local b <close> = guard("b", true)
local c <close> = guard("c")
error("the body", 0)
