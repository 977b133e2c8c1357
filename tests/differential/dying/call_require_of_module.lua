local m = require "string"
m.nothing("x")
