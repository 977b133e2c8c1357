local function f(...)
  local a, b = ...
  return a, b, select("#", ...), {...}, ...
end
local a, b, n, packed, first = f(10, nil, 30)
print(a, b, n, packed[3], first) --> 10	nil	3	30	10
print(select(-1, 1, 2, 3))  --> 3
print(select(2, "a", "b", "c")) --> b	c
print((select(2, "a", "b", "c"))) --> b
local function none(...) return ... end
print(none(), (none()))     --> nil	nil
print(table.pack(none()).n) --> 0
