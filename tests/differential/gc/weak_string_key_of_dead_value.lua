-- A string key does not outlive its entry in a table that is weak both ways: the end of marking used to mark it
-- before it was known that the value is dead, so that four megabytes stayed for another collection.
local function kept()
  collectgarbage()
  collectgarbage()
  local before = collectgarbage("count")
  local t = setmetatable({}, { __mode = "kv" })
  t[string.rep("a", 2 ^ 22)] = 25
  t[string.rep("b", 2 ^ 22)] = {}
  t[{}] = 14
  collectgarbage()
  local after = collectgarbage("count") - before
  local entries = 0
  for key, value in pairs(t) do
    entries = entries + 1
    print(#key, key:sub(1, 1), value)
  end
  return after >= 2 ^ 12, after < 2 ^ 13, entries
end

for _ = 1, 3 do
  print(kept())
end
