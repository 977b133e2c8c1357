assert(loadfile "modules/wrong.lua")
