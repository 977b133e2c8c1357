--# needs lua-ldoc lua-penlight
-- ldoc documents Penlight: every page of it.
require "still_clock"
arg = {[0] = "ldoc", "--dir", "html", "--project", "Penlight", "--title", "Penlight", "/usr/share/lua/5.4/pl"}
dofile "/usr/bin/ldoc"
