local function f() local r <close> = setmetatable({}, {__close = function() error("left by return") end}) return 1, 2 end
print(f())
