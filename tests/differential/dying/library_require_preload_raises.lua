package.preload["failing"] = function(name, where) error("cannot load " .. name .. " from " .. where) end
require "failing"
