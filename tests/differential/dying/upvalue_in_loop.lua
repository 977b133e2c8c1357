local actions = {}
for i, name in ipairs {"a", "b"} do
  local entry = i == 1 and {} or nil
  actions[i] = function() entry.done = name return entry.done end
end
print(actions[1]())
actions[2]()
