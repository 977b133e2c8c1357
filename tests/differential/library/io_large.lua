local name = os.tmpname()
local f = io.open(name, "wb") for i = 1, 5000 do f:write(("%d:"):format(i), ("x"):rep(i % 97), "\n") end f:close()
local n, bytes = 0, 0 for l in io.lines(name) do n = n + 1 bytes = bytes + #l end print(n, bytes)
f = io.open(name, "rb")
local size = f:seek "end" f:seek "set"
local text = f:read "a"
print(size, #text, #text == size) f:seek("set", 100)
print(f:read(10), f:seek("cur", -5), f:read(5), f:seek("cur"))
local blocks = 0
while true do local b = f:read(4096) if not b then break end blocks = blocks + 1 end
print(blocks) f:close()
f = io.open(name, "wb") f:write(("\0\1\255\n\r"):rep(1000)) f:close() f = io.open(name, "rb") text = f:read "a"
print(#text, text:sub(1, 5) == "\0\1\255\n\r", select(2, text:gsub("\0", ""))) f:seek "set"
print(#f:read "l", #f:read "L") f:close() f = io.open(name, "w") f:write(("y"):rep(100000)) f:close()
for l in io.lines(name) do print(#l) end os.remove(name)
