local function find(p) return ("text"):find(p) end
print(find "t")
find "[a"
