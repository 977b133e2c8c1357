for _, v in ipairs {true, 1, 1.5, "s", {}, print, function() end, coroutine.create(print), io.stdout} do io.write(type(v), " ") end
print(type(nil), type(type), math.type(1), math.type(1.0), math.type("1"))
print(not nil, not false, not 0, not "", not {} , not not nil)
