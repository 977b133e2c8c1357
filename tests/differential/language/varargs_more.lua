local function tail(n, ...) if n == 0 then return ... end return tail(n - 1, n, ...) end
print(tail(5))
local function sum(...) local s = 0 for i = 1, select("#", ...) do s = s + (select(i, ...)) end return s end
print(sum(1, 2, 3), sum())
print(select(-1, "a", "b"), select(-2, "a", "b"), pcall(select, 0), pcall(select, -3, 1))
local function f(...) local function g(...) return select("#", ...), ... end return g(..., ...) end
print(f(1, 2, 3))
local t = table.pack((function(...) return ... end)(nil, nil))
print(t.n, #t)
print((function(a, ...) local b, c = ... return a, b, c end)(1, 2))
print(pcall(load, "function f() return ... end"))
print(select("#", table.unpack({}, 1, 200)))
local big = {}
for i = 1, 250 do big[i] = i end
print(select(250, table.unpack(big)), sum(table.unpack(big)), #{table.unpack(big)})
print(string.char(table.unpack({72, 105})), math.max(table.unpack(big, 10, 20)))
