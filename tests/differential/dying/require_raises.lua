package.path = "./modules/?.lua"
require "raises"
