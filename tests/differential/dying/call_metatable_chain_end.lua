-- __call leads to a table whose __call is no function either.
local inner = setmetatable({}, {__call = 7})
local outer = setmetatable({}, {__call = inner})
outer("x")
