#!/usr/bin/env lua
-- The first line is skipped; line numbers still count it.
print(debug.getinfo(1, "l").currentline)
--[==[ long
]] ]=] not over
]==] print "over"
--[==
print "a short comment"
---[[ not long
print "printed"
--]]
print(load "#!x\nreturn 1")
return --[[nothing]]
