do
  local n = 0
  ::again::
  local r <close> = setmetatable({}, {__close = function() n = n + 1 if n > 1 then error("round " .. n) end end})
  goto again
end
