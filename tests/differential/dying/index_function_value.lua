local function f() end
f.count = 1
