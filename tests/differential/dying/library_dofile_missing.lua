dofile "no/such/file.lua"
