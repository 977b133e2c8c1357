-- An erased entry does not keep its key alive, and traversal goes on from it all the same.
local set, died = {}, 0
local function add(name)
  set[setmetatable({name}, {__gc = function() died = died + 1 end})] = true
end
for i = 1, 10 do add(i) end
for key in pairs(set) do
  set[key] = nil
  collectgarbage()
end
collectgarbage() collectgarbage()
print(next(set), died)      --> nil	10

for _, mode in ipairs {"k", "v", "kv"} do
  local weak = setmetatable({}, {__mode = mode})
  local count = collectgarbage("count")
  weak[("long"):rep(1 << 18)] = 1
  local key = next(weak)
  weak[key] = nil
  collectgarbage()
  print(next(weak, key))
  key = nil
  collectgarbage()
  print(next(weak), collectgarbage("count") < count + 512)
end
--> nil
--> nil	true
--> nil
--> nil	true
--> nil
--> nil	true
local key = {}
local back = {[key] = 1, other = 2}
back[key] = nil
collectgarbage()
back[key] = 3
print(back[key], back.other) --> 3	2
local seen = 0
for _ in pairs(back) do seen = seen + 1 end
print(seen)                  --> 2
