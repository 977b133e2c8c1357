local closer = setmetatable({}, {__close = function(_, err) print("closed", err) end})
local function iterator() return function(_, i) if i < 3 then return i + 1 end end, nil, 0, closer end
for i in iterator() do print(i) if i == 2 then break end end
--> 1
--> 2
--> closed	nil
print "done"                --> done
