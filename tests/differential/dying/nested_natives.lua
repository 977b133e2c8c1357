-- Callbacks of native functions inside one another, an error at the bottom.
local function compare(a, b)
  return (("x"):gsub("x", function() return setmetatable({}, {__index = function(_, k) error("no field " .. k) end}).deep end)) < b
end
table.sort({"b", "a"}, compare)
