-- Messages hold the bytes that they were given, up to a zero.
local function show(...) print((string.format('%q %s', tostring((...)), (select(2, ...))))) end
show(pcall(collectgarbage, '\xff\xfe'))
show(pcall(collectgarbage, 'isrunning\0er'))
show(pcall(collectgarbage, 'x\0y'))
show(pcall(os.date, '%\xff'))
show(pcall(string.pack, '\xff'))
local o = setmetatable({}, {__name = '\xe9\0t\xe9'})
show(pcall(string.rep, o))
show(pcall(function() o['\xff\xfe']() end))
local t = {['na\xefve'] = string.rep}
show(pcall(function() t['na\xefve']() end))
show(load('x = \0'))
show(load('x = 1 \0', '=name'))
print(load('\0'))
