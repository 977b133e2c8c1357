local x = "outer"
local function f() return x end
do local x = "inner" print(x, f()) do x = "changed" end print(x) end
print(x, f())
local x = x .. " again"
print(x, f())
if true then local y = 1 elseif z then local y = 2 end
print(y)
while true do local w = 1 break end
print(w)
local function g(a, a) return a end
print(g(1, 2))
local function h() local h = "shadow" return h end
print(h())
local a <const> = 1
do local a = a + 1 a = a + 1 print(a) end
local r
repeat local done = true r = done until done
print(r, done)
