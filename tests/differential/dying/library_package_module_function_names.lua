-- A function found in a loaded module is named by module and field.
package.loaded["geometry"] = {area = function(s) return s.width * s.height end}
local geometry = require "geometry"
print(geometry.area {width = 2, height = 3})
print(geometry.area {width = 2})
