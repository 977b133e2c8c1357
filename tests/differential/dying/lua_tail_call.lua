local function fail() error "deep" end
local function middle() return fail() end
local function outer() return middle() end
outer()
