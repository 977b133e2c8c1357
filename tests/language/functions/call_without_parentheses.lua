print "string"              --> string
print [[long]]              --> long
local function first(t) return t[1] end
print(first {7, 8})         --> 7
local f = function(s) return function(t) return s .. t.x end end
print(f "a" {x = "b"})      --> ab
