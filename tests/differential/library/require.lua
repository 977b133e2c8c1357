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
print(package.config:sub(1, 1), #package.searchers >= 3, type(package.loaded), package.loaded._G == _G, package.loaded.string == string)
-- The searchers for C modules have words of their own.
for i = #package.searchers, 3, -1 do package.searchers[i] = nil end
table.insert(package.searchers, 2, function(name) if name == "virtual" then return function(n, extra) return n .. ":" .. tostring(extra) end, "extra" end return "\n\tno virtual '" .. name .. "'" end)
print(require "virtual")
print(pcall(require, "absent")) package.path = nil
print(pcall(require, "absent2"))
