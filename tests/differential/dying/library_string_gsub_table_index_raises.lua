local words = setmetatable({}, {__index = function(_, k) error("no word " .. k, 0) end})
print(("hello world"):gsub("%w+", words))
