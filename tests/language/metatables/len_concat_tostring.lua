local t = setmetatable({}, {
  __len = function() return 42 end,
  __concat = function(a, b) return "cat" end,
  __tostring = function() return "shown" end,
  __name = "Named",
})
print(#t, rawlen(t), t .. 1, 1 .. t, tostring(t)) --> 42	0	cat	cat	shown
print(t)                    --> shown
print(tostring(setmetatable({}, {__tostring = function() return {} end}))) --! '__tostring' must return a string
