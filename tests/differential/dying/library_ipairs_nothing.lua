for i in ipairs() do print(i) end
