package.path = "./?.none"
package.cpath = ""
require "no.such.module"
