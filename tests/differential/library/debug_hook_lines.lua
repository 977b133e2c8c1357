local seen = {} local function trace(f, ...) seen = {} debug.sethook(function(_, line) seen[#seen + 1] = line - debug.getinfo(f, "S").linedefined end, "l") f(...) debug.sethook() print(table.concat(seen, " ")) end
trace(function()
  local a = 1
  if a == 2 then
    a = 3
  elseif a == 1 then
    a = 4
  else
    a = 5
  end
  return a
end)
trace(function()
  for i = 1, 2 do
    local x = i
  end
  for _, v in ipairs {1, 2} do
    local y = v
  end
  local n = 0
  while n < 2 do
    n = n + 1
  end
  repeat
    n = n - 1
  until n == 0
end)
trace(function()
  local t = {
    1,
    2,
    x = (
      3
    ),
  }
  local s = "a" ..
    "b" ..
    t.x
  print(
    s,
    #t
  )
end)
trace(function() local a = 1 local b = 2 return a + b end)
trace(function(...)
  local a = ...
  local function inner()
    return a
  end
  goto last
  a = inner()
  ::last::
  return inner()
end, 5)
trace(function()
  local ok = pcall(function()
    error "x"
  end)
  do
    local c <close> = setmetatable({}, {__close = function()
      ok = 1
    end})
  end
end)
