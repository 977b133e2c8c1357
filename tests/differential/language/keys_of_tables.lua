-- Any value but nil and NaN is a key; a float with an integer value is that integer.
local t = {}
t[1.0] = "one" t[2^53] = "big" t[-0.0] = "zero" t["1"] = "text" t[true] = "yes" t[1.5] = "half"
print(t[1], math.type(next({[3.0] = 1})), t[2^53 | 0], t[0], t["1"], t[true], t[1.5], t[nil], t[0/0])
print(pcall(function() t[nil] = 1 end)) print(pcall(function() t[0/0] = 1 end)) print(pcall(rawset, t, nil, 1))
local f, g = function() end, function() end
t[f] = "f" print(t[f], t[g], t[print])
t[math.mininteger] = "min" t[-2^63] = "same" print(t[math.mininteger])
t[2^63] = "float" print(t[2^63], t[math.maxinteger])
t["\0"] = "zero byte" t["\0\0"] = "two" print(t["\0"], t["\0\0"], t[""])
