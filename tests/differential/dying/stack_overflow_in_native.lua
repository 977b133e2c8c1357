local function f(s) return (s:gsub(".", f)) end
local ok, message = pcall(f, "a")
print(ok, message:match("overflow"))
error("end", 0)
