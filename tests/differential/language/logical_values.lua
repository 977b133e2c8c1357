local function f(...) return ... end
print(nil and 1, false and 1, 0 and 1, "" and 1, nil or 1, false or nil, nil and nil or false)
print((f(1, 2)), f(1, 2) and 3, (f() or "none"), not nil == true, not (nil == true))
local x = nil
local y = x and x.field or "default"
print(y, x == nil and "nil" or "set", (x or {}).field)
local calls = {}
local function t(n) calls[#calls + 1] = n return true end
local function n(n) calls[#calls + 1] = n return false end
local _ = t(1) and n(2) and t(3) or n(4) or t(5) and t(6)
print(table.concat(calls, " "))
