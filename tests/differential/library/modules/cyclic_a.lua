return {b = require "cyclic_b"}
