local t = setmetatable({}, {__mode = "k"})
do
  local key = {}
  t[key] = {key}
  print(next(t) == key)     --> true
end
collectgarbage() collectgarbage()
print(next(t))              --> nil
