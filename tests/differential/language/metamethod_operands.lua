-- Which operands a metamethod gets, and how many results count.
local function show(name) return function(...) local t = table.pack(...) for i = 1, t.n do t[i] = type(t[i]) == "table" and "T" or tostring(t[i]) end return name .. ":" .. t.n .. ":" .. table.concat(t, ",", 1, t.n), "dropped" end end
local m = setmetatable({}, {__unm = show "unm", __len = show "len", __bnot = show "bnot", __add = show "add", __concat = show "concat", __index = show "index", __call = show "call", __tostring = function(...) return "T" .. select("#", ...) end, __eq = show "eq", __lt = show "lt", __le = show "le"})
print(-m, #m, ~m) print(m + 1, 1 + m, m .. "s", 2 .. m, m.key, m[1]) print(m(), m(1, nil)) print(tostring(m))
print(m == setmetatable({}, getmetatable(m)), m < 1, 1 < m, m <= 2, m > 3, 2 >= m)
print((m + 1), ({m()})[1]:sub(1, 6), select("#", m()), select("#", (m())))
