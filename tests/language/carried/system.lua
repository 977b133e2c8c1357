local system = require "system.core"
local begun = system.monotime()
print(math.type(begun), math.abs(system.gettime() - os.time()) < 2)   --> float	true
print(select("#", system.sleep(0.02)), system.monotime() - begun >= 0.02)   --> 0	true
print(select("#", system.sleep(-1)), pcall(system.sleep, {}))   --> 0	false	bad argument #1 to 'system.core.sleep' (number expected, got table)

local term = require "term.core"
local file = io.tmpfile()
print(term.isatty(file), file:close(), term.isatty(file))   --> false	true	false
print(pcall(term.isatty, "stdout"))      --> false	bad argument #1 to 'term.core.isatty' (FILE* expected, got string)
