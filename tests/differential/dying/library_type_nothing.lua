local function nothing() end
print(type(nothing()))
