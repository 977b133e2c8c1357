local function open(name) return nil, name .. ": cannot open" end
assert(open("file.txt"))
