local function registry() return nil end
registry().entry.value = 1
