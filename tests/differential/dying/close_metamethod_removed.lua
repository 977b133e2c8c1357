-- The metamethod was there when the variable was declared, and is gone when the block ends.
local M = {__close = print}
local function work() local resource <close> = setmetatable({}, M) M.__close = nil end
work()
