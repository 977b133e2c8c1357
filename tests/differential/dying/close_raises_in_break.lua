while true do
  local r <close> = setmetatable({}, {__close = function() error("left by break") end})
  break
end
