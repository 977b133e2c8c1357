--# needs lua-binaryheap lua-fifo lua-basexx lua-mediator lua-coxpcall lua-ansicolors lua-inifile lua-moses
-- Small libraries: heaps, queues, encodings, events, protected calls, colours, settings, functions on tables.
local try = require "try"
require "sorted_pairs"
local heaps = require "binaryheap"
local heap = heaps.minUnique()
for index, name in ipairs {"pear", "fig", "kiwi", "plum", "date", "lime"} do heap:insert((index * 37) % 11, name) end
try(function() return heap:peek(), heap:update("kiwi", 0), heap:peek(), heap:remove "fig", heap:size(), pcall(heap.insert, heap, 1, "pear") end)
while heap:size() > 0 do io.write(tostring(heap:pop()), " ") end
try(function() return pcall(heaps.minHeap, 5), heaps.maxHeap():pop() end)

local fifo = require "fifo"
local queue = fifo(1, 2, 3)
queue:push(4) queue:insert(2, "x")
try(function() return #queue, queue:pop(), queue:peek(2), queue:remove(2), queue:length(), pcall(queue.pop, fifo()), pcall(queue.peek, queue, 99) end)
try(function() for index, value in queue:foreach() do io.write(index, "=", tostring(value), " ") end end)
try(function() for index, value in pairs(queue) do io.write(tostring(index), "=", tostring(value), " ") end end)
try(function() return queue:setempty(function() return "empty" end) == queue, fifo():setempty(function() return "none" end):pop() end)

local basexx = require "basexx"
for _, text in ipairs {"", "f", "fo", "foo", "foob", "fooba", "foobar", "\0\255\128"} do
  try(function() return basexx.to_base64(text), basexx.to_base32(text), basexx.to_hex(text), basexx.to_bit(text), basexx.to_url64(text), basexx.from_base64(basexx.to_base64(text)) == text end)
end
try(function() return basexx.from_base64 "!!!", basexx.from_hex "6G", basexx.from_base32 "MZXW6===", basexx.from_crockford(basexx.to_crockford "crockford"), pcall(basexx.to_z85, "abc"), basexx.to_z85 "\x86\x4F\xD2\x6F\xB5\x59\xF7\x5B" end)

local mediator = require "mediator"()
local first = mediator:subscribe({"account", "opened"}, function(name) print("first", name) return name, true end, {priority = 2})
mediator:subscribe({"account"}, function(name, amount) print("any", name, amount) return nil, true end)
mediator:subscribe({"account", "opened"}, function(name) print("filtered", name) end, {predicate = function(name) return name ~= "Bob" end})
for _, name in ipairs {"Ann", "Bob"} do print(table.unpack(mediator:publish({"account", "opened"}, name, 12))) end
try(function() return mediator:removeSubscriber(first.id, {"account", "opened"}) ~= nil, #mediator:publish({"account", "opened"}, "Cyd"), pcall(mediator.getChannel, mediator, nil) end)

local coxpcall = require "coxpcall"
local wrapped = coroutine.wrap(function()
  try(function() return coxpcall.pcall(function() coroutine.yield "inside" error {code = 5} end) end)
  try(function() return coxpcall.xpcall(function() local t; t.x = 1 end, function(message) return "handled: " .. message end) end)
  return "done", coxpcall.running ~= nil
end)
print(wrapped()) print(wrapped())

local colours = require "ansicolors"
try(function() return colours "%{red}warm %{blue bright underline}cold%{reset} %{nonsense}" == nil, pcall(colours, "%{nonsense}"), (colours "%{red onblue}x"):byte(1, -1) end)

local inifile = require "inifile"
local file = assert(io.open("settings.ini", "w"))
file:write "; note\n[section one]\nkey = value ; tail\nnumber=42\nflag = true\npath=/a/b\n[empty]\n[two]\nx=\n"
file:close()
local settings = inifile.parse "settings.ini"
for section, entries in pairs(settings) do
  for key, value in pairs(entries) do print(section, key, value, type(value)) end
end
settings.two.y = 2.5
inifile.save("saved.ini", settings)

local moses = require "moses"
try(function() return table.concat(moses.map({1, 2, 3}, function(v) return v * v end), " "), moses.reduce({1, 2, 3, 4}, function(a, b) return a + b end), moses.include({1, 2}, 2), table.concat(moses.sort({3, 1, 2}), " ") end)
try(function() return table.concat(moses.flatten {1, {2, {3, {4}}}}, " "), moses.isEqual({a = {1}}, {a = {1}}), table.concat(moses.uniq {1, 1, 2, 3, 2}, " "), table.concat(moses.range(1, 10, 3), " "), moses.compose(math.abs, math.floor)(-2.5) end)
try(function() return pcall(moses.map, nil, print), moses.template and moses.template("hi {{name}}", {name = "x"}), table.concat(moses.partition and {select(2, pcall(function() for p in moses.partition({1, 2, 3, 4, 5}, 2) do io.write(#p, ";") end return "p" end))} or {}) end)
local chain = moses.chain({5, 3, 8, 1}):filter(function(v) return v > 2 end):map(function(v) return v + 1 end):sort():value()
try(function() return table.concat(chain, ","), moses.memoize(function(x) return x * 2 end)(4), moses.curry(function(a, b, c) return a + b + c end, 3)(1)(2)(3), moses.bind(function(a, b) return a - b end, 10)(4) end)
