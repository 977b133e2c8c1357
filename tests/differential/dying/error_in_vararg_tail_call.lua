local function fail(...) error(select("#", ...) .. " arguments") end
local function pass(...) return fail(...) end
local function main(...) local r = pass(1, ...) return r end
main(2, 3)
