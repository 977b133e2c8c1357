local request = {}
local function size(r) return #r.body end
size(request)
