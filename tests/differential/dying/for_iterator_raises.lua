local function each(list)
  return function(_, i) i = i + 1 if i > #list then error("past the end at " .. i) end return i end, nil, 0
end
for i in each {1, 2} do print(i) end
