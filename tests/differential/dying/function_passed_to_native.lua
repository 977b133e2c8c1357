local function each(list, f) for i = 1, #list do f(list[i]) end end
each({1, 2, {}}, function(x) print(x + 1) end)
