local ok, e = pcall(error, {code = 5})
print(ok, e.code)
if not ok then error("code " .. e.code, 0) end
