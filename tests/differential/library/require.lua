package.path = "./modules/?.lua;./modules/?/init.lua"
local a, where = require "plain"
print(a.name, where, require "plain" == a, package.loaded.plain == a, select("#", require "plain"))
print(require "package_with.inner", require "package_with")
print(require "returns_nothing", package.loaded.returns_nothing, require "returns_false")
package.preload.made = function(...) print("loader", ...) return {made = true} end
print(require("made").made, select(2, require "made"))
print(pcall(require))
print(require("cyclic_a").b) package.loaded.plain = nil
print(require "plain" ~= a)
print(package.searchpath("plain", package.path), package.searchpath("a.b", "?/x;?.y"))
print(package.searchpath("a.b", "?.z", ".", "_"))
print(package.config:sub(1, 1), #package.searchers, type(package.loaded), package.loaded._G == _G, package.loaded.string == string)
table.insert(package.searchers, 2, function(name) if name == "virtual" then return function(n, extra) return n .. ":" .. tostring(extra) end, "extra" end return "\n\tno virtual '" .. name .. "'" end)
print(require "virtual")
print(pcall(require, "absent")) package.path = nil
print(pcall(require, "absent2"))
package.path, package.cpath = "?.none;?/?.none", "?.so;no/?"
print(pcall(require, "absent3"))
print(pcall(require, "absent4.sub.module"))
package.cpath = "" print(pcall(require, "absent5.sub"))
package.cpath = 12 print(pcall(require, "absent6.sub"))
package.cpath = nil print(pcall(require, "absent7"))
package.cpath = {} print(pcall(require, "absent8"))
package.cpath = "./?"
print(package.searchers[3]("absent9.sub"), select("#", package.searchers[4]("absent9")), package.searchers[4]("absent9.sub"))
for _, arguments in ipairs {{"a.b", "?;?/x;"}, {"a.b", ";"}, {"a.b", ""}, {"a.b", "?;?", ""}, {"a.b", "?", "", "x"}, {"a.b", "?", ".", "xx"}, {"a.b", "?", "b", "?"}, {"a?b.c", "?.?;?"}, {"a.b", "?", "a.", "%1"}} do
  print(package.searchpath(table.unpack(arguments)))
end
print(pcall(package.searchpath)) print(pcall(package.searchpath, "x")) print(pcall(package.searchpath, {}, "x")) print(pcall(package.searchpath, "x", "?", {}))
print(pcall(package.loadlib, "x")) package.searchers = nil
print(pcall(require, "absent10"))
