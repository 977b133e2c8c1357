--# needs lua-dkjson
-- dkjson writes and reads JSON, and reads a large document back as it was.
require "sorted_pairs"
local json = require "dkjson"
local order = {keyorder = {"id", "name", "tags"}}
local value = {name = "Ann \"A\"\n\t\\ \u{e9}\u{1F600}\0", id = 17, tags = {"x", 1.5, -0.0, 1e300, 2^53, true, json.null, {}}, empty = setmetatable({}, {__jsontype = "object"})}
local text = json.encode(value, order)
print(text)
print(json.encode(value, {indent = true, keyorder = order.keyorder, level = 1}))
print(json.encode((json.decode(text)), order) == text, json.decode(text).tags[7], json.decode(text, 1, "NULL").tags[7])
for _, source in ipairs {
  '[1, 2', '{"a" 1}', '{"a": tru}', '"open', '[1,]', '', 'nul', '[1e5, -0.5E-2, 0x10]', '// comment\n[1 /* c */, 2]', '"\\ud83d\\ude00 \\u00e9 \\/"',
  '{"a": {"b": [{"c": null}]}} tail', '[[[[[[]]]]]]', '1e400', '-', '"\\x"', '{"a":1,"a":2}',
} do
  local decoded, position, message = json.decode(source)
  print(source, type(decoded), decoded ~= nil and json.encode(decoded) or nil, position, message)
end
print(json.quotestring 'a"b\u{2028}', (json.encode(0 / 0)), (json.encode(1 / 0)), json.encode(12345678901234), json.encode(0.1))
print(pcall(json.encode, {print}), pcall(json.encode, {[{}] = 1}), json.encode({print}, {exception = function(reason, v, state, message) return '"' .. reason .. '"' end}))
local cycle = {}
cycle[1] = cycle
print(pcall(json.encode, cycle))
print(pcall(json.encode, 0 / 0, 5))
print(json.encode(setmetatable({1}, {__tojson = function(self, state) return "custom" end})), json.encode({1, nil, 3, n = 3}), json.encode({[1] = 1, [5] = 5}))
local rows = {}
for i = 1, 3000 do rows[i] = {id = i, name = "row " .. i, values = {i / 3, i * 1e10, -i}, flag = i % 2 == 0} end
local large = json.encode(rows)
print(#large, json.encode((json.decode(large))) == large, select(2, json.decode(large)))
