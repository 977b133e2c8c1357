print("10" + 1, "10" * "2", "0x10" + 0, " 5 " + 0, "5." + 0, "\t7\n" * 1)
print("1e2" + 0, "3" // "2", "3" % "2", "2" ^ "3", -"4", -"4.0", - "0x1p1")
for _, f in ipairs {
  function() return "a" + 1 end, function() return {} + 1 end, function() return 1 + "" end,
  function() return "1 1" * 1 end, function() return -"x" end, function() return "10" // "0" end,
  function() return "9223372036854775807" + 1 end, function() return "9223372036854775808" + 1 end,
} do print(pcall(f)) end
print(10 == "10", 0 < 1, pcall(function() return 1 < "2" end))
print(math.type("10" + 0), math.type("10" + 0.0), math.type("1e1" + 0))
