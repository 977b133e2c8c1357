package.path = "./?.none"
package.cpath = "./?.neither"
require "no.such.module"
