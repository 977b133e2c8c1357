local prefix
local function tag(s) return prefix .. s end
tag("x")
