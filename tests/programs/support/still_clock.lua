-- No time passes, so that reports of how long something took can be compared.
os.time = function(of) return 0 end
os.clock = function() return 0 end
os.date = function() return "today" end
local is_there, system = pcall(require, "system")
if is_there then
  system.gettime, system.monotime = os.time, os.clock
end
