local f <close> = io.open("modules/raises.lua")
print(f:read("*l") ~= nil)
f:read("x")
