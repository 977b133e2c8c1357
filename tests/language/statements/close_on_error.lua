local function resource(name)
  return setmetatable({}, {__close = function(_, err) print(name, err) end})
end
print(pcall(function()
  local a <close> = resource "a"
  error("boom", 0)
end))
--> a	boom
--> false	boom
local function f() local a <close> = resource "early" return "value" end
print(f())
--> early	nil
--> value
