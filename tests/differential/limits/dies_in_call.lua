local mt = {} mt.__call = function(a) return (a()) end
setmetatable({}, mt)()
