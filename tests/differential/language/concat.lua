local function show(...) print(select("#", ...), ...) end
show(1 .. 2, 1.0 .. "", -0.0 .. "x", 2^63 .. "", 10 // 1 .. "|" .. 1e100)
local s = ""
for i = 1, 300 do s = s .. i % 10 end
print(#s, s:sub(1, 12), s:sub(-3))
local a = "x" .. "y" .. "z" .. 1 + 2 .. "w"
print(a, ("a" .. "b"):rep(2))
print(pcall(function() return 1 .. {} end), pcall(function() return nil .. "x" end), pcall(function() return "a" .. "b" .. true end))
local big = ("x"):rep(100) .. ("y"):rep(100)
print(#big, big:find "xy")
