local function f(x) if x == 1 then return "one" elseif x == 2 then return "two" elseif x then return "other" else return "nothing" end end
print(f(1), f(2), f(3), f(nil), f(false), f(0), f(""))
local function g(a, b) if not a and not b then return 0 end if a and not (b or a == 5) then return 1 end if (a or b) and a ~= b then return 2 end return 3 end
print(g(), g(1), g(5), g(1, 2), g(1, 1), g(nil, 1))
local function h(x) if x > 1 and x < 5 or x == 10 then return true end return false end print(h(1), h(2), h(5), h(10)) if nil then elseif false then else print "else" end
local function k(x) if x == "a" then elseif x == 1.5 then return 2 elseif x == nil then return 3 elseif x ~= true then return 4 end return 5 end print(k "a", k(1.5), k(nil), k(1), k(true))
