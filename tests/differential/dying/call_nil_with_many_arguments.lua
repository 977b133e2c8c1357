local function f(g, ...) g(...) end
f(nil, table.unpack({}, 1, 50))
