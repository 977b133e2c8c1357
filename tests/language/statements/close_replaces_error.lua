local function failing(text)
  return setmetatable({}, {__close = function() error(text, 0) end})
end
local seen = setmetatable({}, {__close = function(_, err) print("seen", err) end})
print(pcall(function()
  local a <close> = seen
  local b <close> = failing "second"
  error("first", 0)
end))
--> seen	second
--> false	second
