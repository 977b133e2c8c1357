--# needs lua-logging
-- logging writes to the console, a file and a rolling file, by levels and patterns.
local try = require "try"
require "still_clock"
require "sorted_pairs"
local logging = require "logging"
local lines = logging.new(function(self, level, message) io.write(level, ": ", tostring(message), "\n") return true end)
for _, level in ipairs {"DEBUG", "INFO", "WARN", "ERROR", "FATAL", "OFF"} do
  try(function() lines:setLevel(level) end)
  for _, method in ipairs {"debug", "info", "warn", "error", "fatal"} do lines[method](lines, "%s at %d", method, 5) end
end
lines:setLevel "DEBUG"
try(function() lines:info {b = 2, a = {1, 2, {x = "y"}}} end)
lines:info(function(text) return "lazily " .. text end, "made")
for _, arguments in ipairs {{}, {"%d", 1.0}, {true}, {"%d", "x"}} do try(function() return lines:info(table.unpack(arguments)) end) end
try(function() return pcall(lines.setLevel, lines, "LOUD"), pcall(lines.log, lines, "LOUD", "x"), pcall(logging.new, 5) end)
local console = require "logging.console"
local out = console "%level %message %date\n"
out:warn "on the console" out:error("%q", "quoted")
local file = require "logging.file" ("%s.log", "%Y", "%level %message\n")
for i = 1, 3 do file:info("line %d", i) end
local rolling = require "logging.rolling_file" ("rolling.log", 100, 3, "%level %message\n")
for i = 1, 20 do rolling:info("rolling line number %d", i) end
try(function() return pcall(function() return require "logging.file" "/no/such/folder/x.log":info "x" end) end)
