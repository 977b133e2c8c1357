local lines = io.lines("modules/raises.lua")
while lines() do end
print(pcall(lines))
lines()
