local t = {}
for i = t.first, 10 do end
