print "before"              --> before
local function deep() error("uncaught") end --! uncaught_string.lua:2: uncaught
deep()                      --! uncaught_string.lua:3: in main chunk
