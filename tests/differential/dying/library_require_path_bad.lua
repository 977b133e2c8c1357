package.path = 5
print(package.path)
package.path = nil
require "anything"
