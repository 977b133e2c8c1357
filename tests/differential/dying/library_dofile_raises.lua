dofile "modules/raises.lua"
