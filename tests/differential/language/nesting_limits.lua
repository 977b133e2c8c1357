local function try(text) local f, e = load(text, "=c") return f and "ok" or e:match "too many" or e:match "overflow" or e end
print(try("return " .. ("("):rep(150) .. "1" .. (")"):rep(150)))
print(try("return " .. ("("):rep(10000) .. "1" .. (")"):rep(10000)))
print(try("return " .. ("{"):rep(10000) .. ("}"):rep(10000)))
print(try(("do "):rep(150) .. ("end "):rep(150)))
print(try(("do "):rep(10000) .. ("end "):rep(10000)))
print(try("return " .. ("-"):rep(10000, " ") .. "1"))
print(try("return " .. ("a.."):rep(10000) .. "a"))
local locals = {}
for i = 1, 200 do locals[i] = "local v" .. i .. " = " .. i end
print(try(table.concat(locals, "\n")))
locals[201] = "local v201"
print(try(table.concat(locals, "\n")))
print(try("local a <const> = 1 return " .. ("a+"):rep(500) .. "a"))
local items = {}
for i = 1, 60000 do items[i] = i end
print(#load("return {" .. table.concat(items, ",") .. "}")())
