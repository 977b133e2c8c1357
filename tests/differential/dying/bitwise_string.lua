local t = {flags = "none"}
return t.flags | 1
