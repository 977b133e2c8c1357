local function depth(n) if n == 0 then return 0 end return 1 + depth(n - 1) end
print(depth(10000), depth(150000))
local function build(n) local t = {} for _ = 1, n do t = {t} end return t end
local t, d = build(10000), 0
while t[1] do t = t[1] d = d + 1 end
print(d)
local ok, e = pcall(function() local function f() return 1 + f() end return f() end)
print(ok, e:match "stack overflow")
ok, e = pcall(function() local function f() local ok, e = pcall(f) if not ok then error(e, 0) end end f() end)
print(ok, e:match "overflow")
print(pcall(string.rep, "x", -1))
print(load("return " .. ("("):rep(100) .. "1" .. (")"):rep(100))())
