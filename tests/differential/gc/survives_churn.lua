local keep = {}
for i = 1, 200 do keep[i] = {name = "k" .. i, next = keep[i - 1], f = function() return i end} end
for round = 1, 20 do
  local junk = {}
  for i = 1, 2000 do junk[i] = {i, tostring(i), function() return junk end} end
end
collectgarbage()
local ok = true
for i = 1, 200 do ok = ok and keep[i].name == "k" .. i and keep[i].f() == i and (i == 1 or keep[i].next == keep[i - 1]) end
print(ok)
local s = {}
for i = 1, 5000 do s[#s + 1] = ("%d:%s"):format(i, ("x"):rep(i % 50)) end
print(#table.concat(s), s[4999])
