local function try(text) print(text, pcall(load("local a, b = 7, 0; return " .. text))) end
for _, op in ipairs {"//", "%", "/"} do
  for _, r in ipairs {"0", "0.0", "-0.0", "2", "-2", "2.5", "b", "-1"} do try("a " .. op .. " " .. r) end
end
try "1 // 0" try "1 % 0" try "0 // 0.0 ~= 0 // 0.0" try "math.mininteger // -1" try "math.mininteger % -1"
try "2^53 // 1" try "a // 1.0" try "-a // 2" try "(-a) % 4" try "1e308 * 10" try "-1 // 1e308"
