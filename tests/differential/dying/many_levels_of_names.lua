local t = {a = {b = {c = {}}}}
function t.a.b.c.d() local x = t.a.b.nope.d end
function t.a.b.e() t.a.b.c.d() end
local function anonymous() return (function() t.a.b.e() end)() end
local ok = anonymous()
