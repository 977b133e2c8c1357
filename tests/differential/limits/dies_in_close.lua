local mt = {} mt.__close = function() local x <close> = setmetatable({}, mt) end
do local x <close> = setmetatable({}, mt) end
