print(io.type(io.open("modules/raises.lua", "rb")))
io.open("modules/raises.lua", "read")
