local base = {greet = function() return "hello" end}
local t = setmetatable({}, {__index = base})
print(t.greet(), rawget(t, "greet")) --> hello	nil
local computed = setmetatable({}, {__index = function(_, k) return k .. "!" end})
print(computed.x, computed[1]) --> x!	1!
local chain = setmetatable({}, {__index = t})
print(chain.greet())        --> hello
print(getmetatable(t).__index == base) --> true
