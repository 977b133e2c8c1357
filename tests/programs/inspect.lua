--# needs lua-inspect
-- inspect shows tables of every kind, and every table of the libraries.
local inspect = require "inspect"
local cycle = {name = "cycle", inner = {}}
cycle.inner.back, cycle[cycle] = cycle, "itself"
for _, value in ipairs {
  1, -0.0, 2^63, 1e100, "text", 'both "kinds" of \'quotes\'', "line\nbreak\0zero\127\200", true, {}, {1, 2, 3}, {1, nil, 3}, {a = 1, ["b c"] = 2, ["end"] = 3, [1.5] = 4, [true] = 5},
  {{1, {2, {3, {4}}}}}, cycle, setmetatable({1}, {__index = {hidden = 1}, __metatable = false}), setmetatable({x = 1}, {__tostring = function() return "no" end}), math.huge, print and "function",
} do
  print(inspect(value))
  print(inspect(value, {depth = 1}))
  print(inspect(value, {newline = "", indent = ""}))
end
print(inspect({a = {b = {c = 1}}, list = {1, 2}}, {process = function(item, path) if path[#path] ~= "b" then return item end end}))
print(inspect({secret = 1, open = 2, nested = {secret = 3}}, {process = function(item, path) if path[#path] ~= "secret" and path[#path] ~= inspect.METATABLE then return item end end}))
print(inspect({print, print, pairs, coroutine.create(print) ~= nil, io.stdout ~= nil}))
print(inspect {string = string, math = math, table = table, utf8 = utf8, os = os, debug = debug, coroutine = coroutine})
