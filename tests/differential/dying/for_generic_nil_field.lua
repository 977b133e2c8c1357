local t = {}
for k in t.iterator do print(k) end
