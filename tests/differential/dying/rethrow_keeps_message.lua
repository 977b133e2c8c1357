local ok, e = pcall(function() local t = {} ; return t.a.b end)
print(ok, e)
error(e)
