local name = os.tmpname()
print(type(name), io.open(name) ~= nil)
local other = name .. ".renamed"
print(os.rename(name, other), io.open(name) == nil, os.remove(other))
local function shape(...) local t = table.pack(...) t[2] = t[2] and t[2]:gsub(name, "NAME", 2) return t[1], t[2], t[3] end
print(shape(os.remove(other)))
print(shape(os.rename(name .. "x", name .. "y")))
print(os.remove("/nonexistent/file"))
print(os.rename("/nonexistent/a", "/tmp/b"))
print(os.getenv "NO_SUCH_VARIABLE_EVER", type(os.getenv "PATH"), pcall(os.getenv))
print(os.setlocale(), os.setlocale "C", os.setlocale(nil, "all"), os.setlocale "no such locale", pcall(os.setlocale, "C", "nonsense"))
print(pcall(os.remove), pcall(os.exit, "x"))
