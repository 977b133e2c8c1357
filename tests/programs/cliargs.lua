--# needs lua-cliargs
-- cliargs describes a command line, parses some, and prints its help in several widths.
require "sorted_pairs"
local function make()
  local cli = require "cliargs.core"()
  cli:set_name "tool"
  cli:set_description "Does what tools do, and tells of it in a description that is long enough to be wrapped somewhere."
  cli:argument("INPUT", "what is read")
  cli:splat("REST", "all the rest", "none", 3)
  cli:option("-o, --output=FILE", "where to", "out.txt")
  cli:option("-l, --list=ITEM", "many of them", {})
  cli:option("--level=N", "a number", nil, function(key, value) if not tonumber(value) then return nil, "no number: " .. value end end)
  cli:flag("-v, --[no-]verbose", "says more", false)
  cli:flag("-q", "says less")
  return cli
end
for _, words in ipairs {{"in"}, {"in", "a", "b"}, {"-o", "x", "--verbose", "in"}, {"--no-verbose", "-l", "1", "-l", "2", "in"}, {"--level=x", "in"}, {"--level=3", "in"}, {}, {"--what", "in"}, {"in", "1", "2", "3", "4"}, {"-o"}, {"--output", "-q", "in"}, {"-vq", "in"}, {"--", "-in"}} do
  local arguments, message = make():parse(words)
  print(table.concat(words, " "), arguments and "parsed" or message)
  for key, value in pairs(arguments or {}) do print("", key, type(value) == "table" and table.concat(value, ",") or value) end
end
local cli = make()
for _, width in ipairs {40, 60, 100} do
  cli:set_colsz(width // 3, width)
  print(cli.printer.generate_help_and_usage())
end
print(pcall(cli.option, cli), pcall(cli.flag, cli, "nodash", "x"), pcall(cli.argument, cli, 5))
