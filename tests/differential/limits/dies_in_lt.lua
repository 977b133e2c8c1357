local mt = {} mt.__lt = function(a, b) return not (a < b) end
print(setmetatable({}, mt) < setmetatable({}, mt))
