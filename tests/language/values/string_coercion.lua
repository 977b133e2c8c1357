print("10" + 5, "3" * "4")  --> 15	12
print("0x10" + 0, "1e1" * 1) --> 16	10.0
print(10 .. 20)             --> 1020
print(1.5 .. "|" .. -0.0)   --> 1.5|-0.0
print(pcall(function() return "abc" + 1 end)) --> false	string_coercion.lua:5: attempt to add a 'string' with a 'number'
