-- _ENV is an upvalue like any other: debug can see, set and join it.
local f = load "return tag" 
print(debug.getupvalue(f, 1) == "_ENV", f()) debug.setupvalue(f, 1, {tag = "changed"}) print(f(), tag)
local g = load "return tag" local h = load("tag = 'shared' return _ENV", "h", "t", {})
debug.upvaluejoin(g, 1, h, 1) h() print(g(), tag)
local function without() return 1 end print(debug.getupvalue(without, 1), debug.getinfo(without, "u").nups)
