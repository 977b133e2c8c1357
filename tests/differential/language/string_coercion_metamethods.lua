-- Arithmetic on strings is the string library's: it goes once the metamethods are gone, and loses to a left operand's own.
print("10" + 5, "0x10" * 2, "3" // 1, "7" % "4", -"2", "2" ^ 2, " 8 " - 1, "1e1" / 1)
print(math.type("10" + 0), math.type("10." + 0), math.type("0x1p0" + 0), "9223372036854775807" + 1, "9223372036854775808" + 0)
for _, f in ipairs {function() return "a" + 1 end, function() return "1.5" | 1 end, function() return "x" & 1 end, function() return 2^63 | "1" end, function() return "" + 0 end, function() return "1" + {} end, function() return "9223372036854775808" | 0 end, function() return "1e" * 1 end, function() return -{} end, function() return -"z" end, function() return "10" // "0" end, function() return "10" % 0 end} do print(pcall(f)) end
local t = setmetatable({}, {__add = function(a, b) return type(a) .. "+" .. type(b) end}) print("1" + t, t + "1")
local sm = getmetatable("") local kept = sm.__add sm.__add = nil print(pcall(function() return "1" + 1 end)) sm.__add = function() return "mine" end print("1" + 1, 1 + "x", 1 + 1) sm.__add = kept print("1" + 1)
local keys = {} for k in pairs(sm) do keys[#keys + 1] = k end table.sort(keys) print(table.concat(keys, " "))
