assert(load("x = = 1", "@generated.lua"))
