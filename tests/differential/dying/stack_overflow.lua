local depth = 0
local function recurse() depth = depth + 1 return 1 + recurse() end
recurse()
