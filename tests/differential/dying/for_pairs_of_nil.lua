local t = {}
for k, v in pairs(t.children) do print(k, v) end
