local n = 0 while n < 3 do n = n + 1 if n == 2 then goto continue end io.write(n, " ") ::continue:: end print()
repeat local done = n > 5 n = n + 1 until done print(n)
while true do n = n + 1 if n > 10 then break end end print(n) while nil do end while false do end repeat until 0
local fs = {} repeat local x = #fs fs[#fs + 1] = function() x = x + 1 return x end until x == 2 or #fs > 5 print(#fs, fs[1](), fs[1](), fs[2]())
repeat local a = 1 do break end until a == 2
local c = 0 repeat c = c + 1 local f = function() return c end if c == 2 then goto next end ::next:: until f() >= 4 print(c)
print(load "repeat if x then goto continue end local y ::continue:: until y", load "while x do local y goto l ::l:: end" ~= nil)
