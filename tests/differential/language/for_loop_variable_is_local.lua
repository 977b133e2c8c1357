local fs = {} for i = 1, 3 do local j = i i = i * 10 fs[j] = function() i = i + 1 return i, j end end print(fs[1]()) print(fs[1]()) print(fs[2]())
i = "global" for i = 1, 1 do end print(i) local k = "outer" for k, v in pairs {5} do k = v end print(k)
for i = 1, 2 do local i = i + 10 io.write(i, " ") end print() for _, f in ipairs {print} do local f <const> = f f "const copy" end
print(load "for i = 1, 2 do i = 3 end" ~= nil) for i = (function() return 1 end)(), 2 do io.write(i, " ") end local a, b, c = 1, 3, 1 for i = a, b, c do a, b, c = 10, 10, 10 io.write(i, " ") end print()
