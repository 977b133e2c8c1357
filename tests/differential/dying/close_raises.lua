local function work()
  local a <close> = setmetatable({}, {__close = function(_, e) error("from close, after: " .. tostring(e)) end})
  error("first")
end
work()
