package.preload.a = function() require 'b' end
package.preload.b = function() package.loaded.a = nil package.loaded.b = nil require 'a' end
require 'a'
