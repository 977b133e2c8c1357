--# needs luarocks
-- luarocks says what it can do, reads rockspecs, and builds, installs, shows and removes a rock of our own.
local function write(name, text)
  local file <close> = assert(io.open(name, "w"))
  file:write(text)
end
local function rockspec(version, more)
  write("shapes-" .. version .. ".rockspec", ([[
rockspec_format = "3.0"
package = "shapes"
version = "%s"
source = {url = "git+https://example.org/shapes.git"}
description = {summary = "Shapes", detailed = "Shapes of the plane.", license = "MIT", labels = {"geometry"}}
dependencies = {"lua >= 5.1, < 5.5"}
build = {type = "builtin", modules = {shapes = "shapes.lua", ["shapes.circle"] = "circle.lua"}, install = {bin = {shapes = "main.lua"}}}
%s]]):format(version, more or ""))
end
write("shapes.lua", "return {circle = require 'shapes.circle'}\n")
write("circle.lua", "return {area = function(r) return 3 * r * r end}\n")
write("main.lua", "#!/usr/bin/env lua\nprint(require 'shapes'.circle.area(2))\n")
rockspec("1.0-1")
rockspec("1.1-1", "test = {type = 'command', command = 'true'}\n")
rockspec("2.0-1", "nonsense = 1\n")
write("broken-1.0-1.rockspec", "package = broken +\n")
assert(require "lfs".mkdir "include")
write("include/lua.h", "#define LUA_VERSION_NUM 504\n")
write("config.lua", ([[
rocks_servers = {}
lua_interpreter = "lua"
variables = {LUA_BINDIR = %q, LUA_DIR = "/usr", LUA_INCDIR = "include", LUA_LIBDIR = "/usr/lib"}
]]):format(os.getenv "PATH":match "^[^:]+"))
io.stdout:setvbuf "no"
for _, command in ipairs {
  "--help", "--version", "help build", "help install", "make --help", "path --lr-path", "config lua_version", "config variables.LUA_INCDIR",
  "lint shapes-1.0-1.rockspec", "lint shapes-2.0-1.rockspec", "lint broken-1.0-1.rockspec", "lint missing.rockspec",
  "make --tree=tree --deps-mode=none shapes-1.0-1.rockspec", "list --tree=tree", "list --tree=tree --porcelain",
  "show --tree=tree shapes", "show --tree=tree --rock-tree shapes", "show --tree=tree --modules shapes", "which --tree=tree shapes.circle", "doc --tree=tree shapes",
  "make --tree=tree --deps-mode=none shapes-1.1-1.rockspec", "test shapes-1.1-1.rockspec",
  "pack shapes --tree=tree", "new_version shapes-1.0-1.rockspec 1.2", "write_rockspec --help", "remove --tree=tree shapes", "list --tree=tree",
  "purge --tree=tree", "nonsense", "make --tree=tree --no-such-option",
} do
  print(">", command)
  print(os.execute("LUAROCKS_CONFIG=config.lua lua /usr/bin/luarocks " .. command .. " 2>&1"))
end
-- Its bytes tell when its files were made.
os.remove "shapes-1.1-1.all.rock"
