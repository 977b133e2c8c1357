local calls = {}
local mt = {}
for _, e in ipairs {"add", "sub", "mul", "div", "mod", "pow", "unm", "idiv", "band", "bor", "bxor", "shl", "shr", "bnot", "concat"} do
  mt["__" .. e] = function(a, b)
    local function name(x) return type(x) == "table" and "T" or tostring(x) end
    return e .. "(" .. name(a) .. "," .. name(b) .. ")"
  end
end
local t = setmetatable({}, mt)
print(t + 1, 1 + t, t + t, "s" + t, t - 1.5, 2 - t, t * 3, 3 * t)
print(t / 1, 1 / t, t % 1, 1 % t, t ^ 2, 2 ^ t, -t, t // 1, 1 // t)
print(t & 1, 1 & t, t | 1, 1 | t, t ~ 1, 1 ~ t, t << 1, 1 << t, t >> 1, 1 >> t, ~t)
print(t .. "x", "x" .. t, 1 .. t, t .. t, "a" .. "b" .. t, t & 1.5, "x" & t)
local only = setmetatable({}, {__add = function() return "left" end})
local other = setmetatable({}, {__add = function() return "right" end})
print(only + other, other + only, only + 1, 1 + only, only + nil)
print(pcall(function() return only - 1 end))
local multi = setmetatable({}, {__add = function() return 1, 2, 3 end})
print(multi + 1, (multi + 1), #{multi + 1, multi + 1})
