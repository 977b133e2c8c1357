for x in 5 do print(x) end
