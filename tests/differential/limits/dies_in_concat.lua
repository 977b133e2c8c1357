local mt = {} mt.__concat = function(a, b) return a .. b end
print(setmetatable({}, mt) .. 'x')
