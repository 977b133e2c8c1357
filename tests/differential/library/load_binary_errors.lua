-- Chunks that are cut, changed, or of the wrong kind.
local bytes = string.dump(load("local a = 1; local function f(...) return a, ... end; return f(2, 'three')", "@x"))
local function refused(...) local f, message = load(...) print(f, message) end

refused(bytes, "n", "t") refused(bytes, "@n", "t") refused(bytes, nil, "") refused(bytes, "n", "q")
refused("return 1", "n", "b") refused("return 1", "n", "")
print(load(bytes, "n", "tb")()) print(load(bytes, "n", "xbx")()) print(load(bytes)()) print(load(bytes .. "rest")())
refused("\27") refused("\27", "=name") refused("\27", "@name") refused("\27", "name") refused("\27Lua", "") refused("\27X")
local cut = 0
for length = 1, #bytes - 1 do
  local f, message = load(bytes:sub(1, length), "=cut")
  if f == nil and message == "cut: bad binary format (truncated chunk)" then cut = cut + 1 end
end
print(cut == #bytes - 1)
-- The header, byte by byte.
for position = 1, 31 do
  local changed = bytes:sub(1, position - 1) .. string.char(bytes:byte(position) ~ 1) .. bytes:sub(position + 1)
  print(position, load(changed, "=changed"))
end
print(string.unpack("<c4BBc6BBBjn", bytes))

-- From files: a first line that is a comment, a byte order mark, modes.
local name = os.tmpname()
local function write(...) local file = assert(io.open(name, "wb")) file:write(...) file:close() end
local function shown(f, message) if f then return pcall(f, 5) end return f, (message:gsub(name, "NAME", 1, true)) end
write(bytes) print(shown(loadfile(name))) print(shown(loadfile(name, "b"))) print(shown(loadfile(name, "t")))
print(dofile(name))
write("# a comment\n", bytes) print(shown(loadfile(name))) print(dofile(name))
write("#!/usr/bin/env lua\n", bytes) print(shown(loadfile(name, "b")))
write("\xef\xbb\xbf# with a mark\n", bytes) print(shown(loadfile(name, "b", {})))
write("return x, ...") print(shown(loadfile(name, "bt", {x = "env"}))) print(shown(loadfile(name, "b")))
write(string.dump(function(v) return x, v end)) print(shown(loadfile(name, "b", {x = "env"})))
write(bytes:sub(1, 50)) print(shown(loadfile(name)))
print((select(2, pcall(dofile, name)):gsub(name, "NAME", 1, true)))
write("") print(shown(loadfile(name)))
-- As a module.
package.path = name
write(string.dump(function(...) return {arguments = select("#", ...)} end)) print(require("as_module").arguments)
os.remove(name)
