do
  local a <close> = setmetatable({}, {__close = function() error("from close") end})
  print "leaving"
end
