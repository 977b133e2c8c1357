-- What is C code elsewhere is found where C modules are: package.preload is empty, and a Lua file of that name wins.
print(next(package.preload), #package.searchers, package.loaded.lfs)   --> nil	4	nil
print(package.searchers[1] "lfs")        --> no field package.preload['lfs']
print(type(package.searchers[3] "lfs"), type(package.searchers[3] "uv"))   --> function	function
package.cpath = "/no/such/?.so"
print(select(2, package.searchers[3] "lfs"))   --> :built in:
print(package.searchers[3] "other")      --> no file '/no/such/other.so'
print(package.searchers[4] "lfs.part")   --> no module 'lfs.part' in file ':built in:'
print(package.searchers[4] "other.part") --> no file '/no/such/other.so'

local name = os.tmpname()
local file = io.open(name, "w")
file:write "return 'a file of the program'"
file:close()
local path = package.path
package.path = name
print(require "lfs", lfs)                --> a file of the program	nil
package.loaded.lfs = nil
package.path = path
os.remove(name)

-- The module names itself globally too.
local module, place = require "lfs"
print(module == lfs, place, lfs._VERSION)   --> true	:built in:	LuaFileSystem 1.8.0
package.loaded.lfs = nil
print(require "lfs" ~= module)           --> true

-- Required anew, a module is another table with the same functions: each is registered once.
for _, name in ipairs { "lfs", "system.core", "term.core" } do
  package.loaded[name] = nil
  local first = require(name)
  package.loaded[name] = nil
  local second, count, same = require(name), 0, true
  for field, value in pairs(first) do
    count, same = count + 1, same and second[field] == value
  end
  print(name, first ~= second, same, count > 0)
end                                      --> lfs	true	true	true
--> system.core	true	true	true
--> term.core	true	true	true
package.cpath = nil
print(pcall(require, "uv"))              --> false	'package.cpath' must be a string
