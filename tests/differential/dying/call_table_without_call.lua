local t = setmetatable({}, {__name = "MyType"})
t(1)
