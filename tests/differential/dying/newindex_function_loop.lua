local t = setmetatable({}, {__newindex = function(t, k, v) error({k, v}) end})
print(select(2, pcall(function() t.a = 1 end))[1])
t.b = nil
t.c = 2
