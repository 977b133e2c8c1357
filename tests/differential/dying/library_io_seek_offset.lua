local f <close> = io.open("modules/raises.lua")
print(f:seek("set", 3))
f:seek("set", 1.5)
