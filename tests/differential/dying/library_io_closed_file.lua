local f = io.open("modules/raises.lua")
f:close()
print(f)
f:read("l")
