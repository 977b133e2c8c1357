local function work()
  local total = 0
  for i = 1, 100 do total = total + i end
  return total
end
debug.sethook(function(event, line) if line == 3 then error("stopped at line " .. line) end end, "l")
work()
