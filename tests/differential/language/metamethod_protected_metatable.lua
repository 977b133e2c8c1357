local t = setmetatable({}, {__metatable = false})
print(getmetatable(t), pcall(setmetatable, t, nil)) print(debug.getmetatable(t) ~= false, debug.setmetatable(t, nil) == t, getmetatable(t))
print(getmetatable("").__name, getmetatable("").__index == string, pcall(setmetatable, "x", {}))
print(pcall(setmetatable, {}), pcall(setmetatable, {}, 1), setmetatable({}, nil) ~= nil, pcall(getmetatable))
local s = getmetatable("") s.__metatable = "no" print(getmetatable("x")) s.__metatable = nil
