local function f() return 1 + f() end
local ok, message = pcall(f)
print(ok, message:match("stack overflow")) --> false	stack overflow
print "alive"               --> alive
