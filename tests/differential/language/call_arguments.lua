local function n(...) return select("#", ...) end local function three() return 1, 2, 3 end
print(n(three()), n(three(), three()), n((three())), n(three(), nil), n(nil, three()), n {three()}, n "s", n [[s]], n(nil, nil)) print(#{three(), three()}, #{three(), (three())}, #{n = three()}, #{[1] = three()})
local t = {f = function(self, ...) return self, ... end} print(t:f(1) == t, select(2, t:f(three())), select("#", t.f()), (t:f "x") == t, select(2, t:f {5})[1]) print(("x"):rep(3), #("x"):rep(3), ("%d"):format(three()))
local s = "chained" print(s:upper():lower():len(), s:sub(1, 1):byte()) local function id(...) return ... end print(id(id(id(three()))), (id(three())))
print((function(...) local a, b = ... return b, a end)(1, 2)) print(pcall(n, three())) local f = function(a, b, c) return c, b, a end print(f(1)) print(f(1, 2, 3, 4)) print(type(print) == "function" and print "call" or "none")
