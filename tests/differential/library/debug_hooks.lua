local lines = {}
local function traced(n) local s = 0
  for i = 1, n do
    s = s + i
  end
  return s
end
debug.sethook(function(event, line) lines[#lines + 1] = line end, "l")
traced(2)
debug.sethook()
local base = debug.getinfo(traced, "S").linedefined
for i, l in ipairs(lines) do lines[i] = l - base end
print(table.concat(lines, " "), debug.gethook())
local events = {}
debug.sethook(function(event) local i = debug.getinfo(2, "nS") events[#events + 1] = event .. ":" .. (i.name or i.what) end, "cr")
local r = traced(1)
debug.sethook()
print(table.concat(events, " "))
local count = 0 debug.sethook(function() count = count + 1 end, "", 100)
for _ = 1, 10000 do end debug.sethook()
print(count > 50)
print(pcall(function() debug.sethook(function() error("from hook", 0) end, "l") local x = 1 debug.sethook() end)) debug.sethook()
