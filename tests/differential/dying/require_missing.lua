package.path = "./?.none"
-- The searchers for C modules have words of their own.
for i = #package.searchers, 3, -1 do package.searchers[i] = nil end
require "no.such.module"
