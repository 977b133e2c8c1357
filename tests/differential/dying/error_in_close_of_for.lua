for _ in next, {1}, nil, setmetatable({}, {__close = function() error("while closing the loop") end}) do
  print "in the loop"
end
