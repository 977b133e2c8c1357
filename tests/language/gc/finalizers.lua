do local x = setmetatable({name = "x"}, {__gc = function(o) print("collected " .. o.name) end}) end
collectgarbage() collectgarbage() --> collected x
local kept = setmetatable({}, {__gc = function() print "at exit" end})
print "end of the chunk"    --> end of the chunk
--> at exit
