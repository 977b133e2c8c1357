local t = setmetatable({}, {__index = setmetatable({}, {__index = true})})
print(rawget(t, "x"))
return t.x
