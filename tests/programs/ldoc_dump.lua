--# needs lua-ldoc lua-penlight
-- ldoc prints what it has understood of a module of Penlight, as text.
require "still_clock"
require "sorted_pairs"
arg = {[0] = "ldoc", "--dump", "--all", "/usr/share/lua/5.4/pl/List.lua"}
dofile "/usr/bin/ldoc"
