--# needs lua-argparse
-- argparse parses command lines, and writes usage, help and completions for three shells.
require "sorted_pairs"
local argparse = require "argparse"
local parser = argparse("ship", "Sends parcels.", "Write to nobody.")
  :command_target "command":require_command(false):add_complete():add_help_command()
parser:option "-c --config":description "Where settings are.":default "ship.conf":argname "<file>"
parser:option "-l --level":choices {"low", "high"}:count "0-2":convert(string.upper)
parser:option "--pair":args(2):argname {"<key>", "<value>"}:count "*"
parser:option "--number":convert(tonumber):default "7":show_default(true)
parser:flag "-v --verbose":count "0-3":target "verbosity":description "Says more, and more, and so much more that its description has to go on in another line of the help."
parser:flag "--quiet":hidden(true)
parser:mutex(parser:flag "--fast", parser:flag "--slow")
local send = parser:command "send s":summary "Sends one.":description "Sends one parcel.":epilog "That is all."
send:argument "what":args "1-2"
send:argument "to":args "?":default "home"
send:option "--weight -w":action(function(arguments, name, value) arguments[name] = value .. " kg" end)
local track = parser:command "track":summary "Tracks them."
track:argument "ids":args "*":convert(tonumber)
for _, line in ipairs {
  "", "-vv send book", "send -w 3 book table ann", "--level low --level high track 1 2 3", "--pair a b --pair c d", "s pen", "-vvvv", "--config", "--config=x -cy", "--level medium",
  "send", "track x", "--fast --slow", "--pair a", "nonsense", "--verbos", "--number ten", "--number 0x10", "track -- -5 6", "send a b c d e", "--unknown=1", "-cfile -v", "help", "help send", "--help", "send --help", "-",
} do
  local words = {}
  for word in line:gmatch "%S+" do words[#words + 1] = word end
  local exit = os.exit
  os.exit = function(status) error({status = status}) end
  local ok, result, arguments = pcall(parser.pparse, parser, words)
  os.exit = exit
  io.write("> ", line, "\n", tostring(ok), " ")
  local function show(value)
    if type(value) ~= "table" then return io.write(tostring(value)) end
    io.write "{"
    for key, inner in pairs(value) do io.write(tostring(key), "="); show(inner); io.write " " end
    io.write "}"
  end
  show(result); io.write " "; show(arguments); print()
end
print(parser:get_usage()) print(parser:get_help()) print(send:get_help())
print(parser:get_bash_complete()) print(parser:get_zsh_complete()) print(parser:get_fish_complete())
print(pcall(argparse, {}, 5), pcall(parser.option, parser), pcall(parser.option(parser, "--x").args, parser:option "--x", "many"))
