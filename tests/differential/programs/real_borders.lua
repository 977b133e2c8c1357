-- The length of a table with holes is any border, and programs get used to the one that the reference finds
-- (a compiler that kept optional children at fixed indices and appended with table.insert).
local seed = 12345
local function random(n)
  seed = (seed * 1103515245 + 12345) & 0x7fffffff
  return (seed >> 8) % n
end

for case = 1, 600 do
  local t = case % 3 == 0 and {} or case % 3 == 1 and {1, 2, 3} or {nil, 2, nil, 4, nil}
  local operations, keys = case % 2 == 0 and 3 or 7, case % 5 == 0 and 70 or 9
  local lengths = {}
  for step = 1, 40 do
    local operation, key = random(operations), random(keys) + 1
    if operation == 0 then
      t[key] = nil
    elseif operation <= 2 then
      t[key] = key
    elseif operation == 3 then
      t[#t + 1] = step
    elseif operation == 4 then
      t[#t] = nil
    elseif operation == 5 then
      table.insert(t, step)
    elseif t[key] then
      t[key] = -step
    end
    lengths[step] = #t
  end
  print(case, table.concat(lengths, " "))
end

print(#{n = 1, nil, nil, 3}, #{(function() return 1, nil, 3 end)()}, #table.pack(1, nil, nil, 4, nil))
local list = {1, 2, 3, nil, 5, nil, nil, 8}
print(#list, #{table.unpack(list)}, select("#", table.unpack(list)))
