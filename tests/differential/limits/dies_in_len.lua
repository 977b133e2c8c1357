local mt = {} mt.__len = function(a) return #a + 1 end
print(#setmetatable({}, mt))
