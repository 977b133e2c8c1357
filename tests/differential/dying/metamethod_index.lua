local strict = setmetatable({}, {__index = function(_, k) error("undeclared variable " .. k, 2) end})
local function use() return strict.missing end
use()
