local log = {}
local function v(name, x) log[#log + 1] = name return x end
local t = setmetatable({}, {__index = function(_, k) v("get " .. k) return function(...) v("call " .. k) return ... end end})
local r = v("f", function(...) return select("#", ...) end)(v("a", 1), v("b", 2), v("c"))
print(r, table.concat(log, " "))
log = {}
print(t.one(v("x", 1)) + t.two(v("y", 2)), table.concat(log, ", "))
