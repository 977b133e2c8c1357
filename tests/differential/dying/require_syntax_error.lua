package.path = "./modules/?.lua"
require "wrong"
