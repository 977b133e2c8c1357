local function f(...) return select("#", ...), ... end
local one = setmetatable({}, {__call = f}) local two = setmetatable({}, {__call = one}) local three = setmetatable({}, {__call = two})
local n, a, b, c, d = three(1) print(n, a == one, b == two, c == three, d)
print((select(1, one())), (select(1, two())), (select(1, three())))
local t = setmetatable({}, {__call = function(self, ...) return ... end})
print(t(1, 2, 3), (t(4, 5)), #{t(6, 7)}, pcall(t, "p"), select(2, coroutine.resume(coroutine.create(function() return t("co") end))))
local function tail(...) return t(...) end print(tail("x", "y"))
for i, v in setmetatable({}, {__call = function(_, s, i) if i < 2 then return i + 1, s end end}), "state", 0 do print(i, v) end
print(pcall(setmetatable({}, {__call = 5}))) print(pcall(setmetatable({}, {__call = {}}), 1))
print(table.concat({("abc"):gsub("%w", setmetatable({}, {__index = {a = "A"}, __call = error}))}, " "))
print(pcall(table.sort, {2, 1}, t), pcall(xpcall, t, t, 9))
