print(pcall(pcall, error, "x")) --> true	false	x
local ok, err = pcall(function()
  local ok, err = pcall(error, "inner", 0)
  error("outer of " .. err, 0)
end)
print(ok, err)              --> false	outer of inner
