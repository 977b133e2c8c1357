local lib = {sub = {}}
function lib.sub.fail() error "in a field" end
function lib.run() lib.sub.fail() end
lib.run()
