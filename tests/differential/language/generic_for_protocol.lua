local function iter(state, control)
  io.write("[", tostring(state), ",", tostring(control), "] ")
  if (control or 0) < 3 then return (control or 0) + 1, "v" end
end
for k, v in iter, "s", nil do io.write(k, v, " ") end print()
for k in (function() return iter, "t", 2 end)() do io.write(k, " ") end print()
for k in iter, 1 do if k == 2 then break end end print()
local closes = 0
local closer = setmetatable({}, {__close = function() closes = closes + 1 end})
for _ in next, {1, 2}, nil, closer do end
for _ in next, {1, 2}, nil, closer do break end
pcall(function() for _ in next, {1}, nil, closer do error "x" end end);
(function() for _ in next, {1}, nil, closer do return end end)()
print(closes)
print(pcall(function() for _ in next, {}, nil, 5 do end end))
print(pcall(function() for _ in nil do end end))
local callable = setmetatable({}, {__call = function(_, s, c) c = (c or 0) + 1 if c <= s then return c end end})
for c in callable, 3 do io.write(c, " ") end print()
