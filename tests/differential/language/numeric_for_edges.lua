local function run(a, b, c)
  local seen = {}
  local ok, e = pcall(function()
    for i = a, b, c do
      seen[#seen + 1] = tostring(i)
      if #seen > 6 then seen[#seen + 1] = "..." break end
    end
  end)
  print(type(a) == "table" or a, b, c, table.concat(seen, " "), ok or e)
end
local max, min = math.maxinteger, math.mininteger
run(max - 2, max, 1) run(min + 2, min, -1) run(1, max, max // 2) run(max, min, -max)
run(1, 2.5, 1) run(1, -0.5, -1) run(1.0, 3, 1) run(1, 3, 0.5) run(0.1, 0.35, 0.1)
run(1, math.huge, 1) run(1, -math.huge, -1) run(1, 0/0, 1) run(3, 1, 1) run(1, 3, -1)
run(1, 10, max) run(-1, -10, min) run(min, max, max) run(1, 2^70, 2^69)
run("1", 2, 1) run(1, "2", 1) run(1, 2, "1") run({}, 2, 1) run(1, 2, 0) run(1.5, 2, 0) run(1, nil, 1)
