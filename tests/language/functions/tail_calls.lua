local function loop(n) if n == 0 then return "done" end return loop(n - 1) end
print(loop(1000000))        --> done
local function apply(f, ...) return f(...) end
print(apply(math.max, 1, 5, 3)) --> 5
