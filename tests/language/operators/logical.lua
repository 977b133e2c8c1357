print(nil and 1, false and 1, 1 and 2) --> nil	false	2
print(nil or 1, false or nil, 1 or error "never") --> 1	nil	1
local function f() print "called" return true end
local _ = false and f()
local _ = true or f()
local _ = true and f()      --> called
print(nil == false)         --> false
