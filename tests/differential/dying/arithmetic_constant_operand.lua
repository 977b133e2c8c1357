local t = {}
return t.count - 1
