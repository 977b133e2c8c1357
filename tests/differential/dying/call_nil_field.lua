local handlers = {open = function() end}
for _, name in ipairs {"open", "close"} do print(name); handlers[name]() end
