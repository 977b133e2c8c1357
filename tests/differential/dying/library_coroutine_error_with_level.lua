local step = coroutine.wrap(function() local function fail() error("blamed on the caller", 2) end fail() end)
step()
