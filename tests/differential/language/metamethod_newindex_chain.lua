local store, log = {}, {}
local second = setmetatable({}, {__newindex = function(t, k, v) log[#log + 1] = k rawset(t, k, v) end})
local first = setmetatable({present = 1}, {__newindex = second})
first.present = 2 first.absent = 3 first.nothing = nil
print(rawget(first, "present"), rawget(first, "absent"), second.absent, table.concat(log, " "))
second.absent = 4 first.absent = 5 print(second.absent, #log)
local redirect = setmetatable({}, {__newindex = store}) redirect.x = 1 redirect[1] = 2 print(store.x, store[1], rawget(redirect, "x"))
print(pcall(function() redirect[nil] = 1 end)) print(pcall(function() setmetatable({}, {__newindex = function(_, k, v) print(k ~= k, v) end})[0/0] = 1 end))
local deep = {} for i = 1, 2005 do deep = setmetatable({}, {__newindex = deep}) end print(pcall(function() deep.x = 1 end))
