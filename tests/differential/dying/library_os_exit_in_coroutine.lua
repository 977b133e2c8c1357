coroutine.wrap(function() local x <close> = setmetatable({}, {__close = function() print "closed?" end}) os.exit(3) end)()
