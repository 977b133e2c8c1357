local t = {1, 2, x = 10, ["y z"] = 20, 3, [10] = "ten", [2] = "lost"; 4}
print(t[1], t[2], t[3], t[4], t.x, t["y z"], t[10]) --> 1	2	3	4	10	20	ten
print(#{nil, nil, 3})       --> 3
local function f() return 1, 2 end
print(#{f(), f()}, #{f(), (f())}) --> 3	2
print(#{(f())})             --> 1
