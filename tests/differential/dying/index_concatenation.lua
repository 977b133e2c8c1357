local t = {}
return (t.prefix or "a" .. "b").x.y
