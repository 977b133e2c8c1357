local function iterator(t) local i = 0 return function() i = i + 1 return t[i].name end end
for name in iterator({{name = "a"}, {name = "b"}}) do print(name) end
