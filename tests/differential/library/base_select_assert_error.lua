print(select("#"), select("#", nil, nil), select(2, 1, 2, 3), select(-2, 1, 2, 3))
print(pcall(select, 0), pcall(select, -1), pcall(select, "x"), pcall(select))
print(assert(1), assert("a", "b"), select("#", assert(true, nil, nil)))
print(pcall(assert), pcall(assert, nil), pcall(assert, false, nil), pcall(assert, false, 5))
local t = {}
print(select(2, pcall(assert, nil, t)) == t)
for level = 0, 4 do
  local function raise() error("level " .. level, level) end
  local function caller() raise() return 1 end
  print(level, pcall(function() caller() return 2 end))
end
print(pcall(error, "m", 1), pcall(error, "m", 2), pcall(error, 5, 1), pcall(error, nil), pcall(error, true, 2))
