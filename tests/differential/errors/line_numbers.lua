local function try(f) print(select(2, pcall(f))) end
try(function()
  local t = {}

  local x = t
    .a
    .b
end)
try(function() local f = nil
  f(
    1,
    2
  )
end)
try(function()
  return 1 +
    2 +
    {} +
    3
end)
try(function()
  local t = {
    a = 1,
    b = nil .. "x",
    c = 2,
  }
end)
try(function() for i = 1,
  {} do
  end end)
try(function() if
  {} < 1
  then end end)
try(function()
  error(
    "multi"
  )
end)
try(function() return
  ("x"):rep(
    {}) end)
try(function() local a
  = 1; local b = a
  .. {} end)
try(function() while true do
  local x = nil
  x.y = 1
end end)
