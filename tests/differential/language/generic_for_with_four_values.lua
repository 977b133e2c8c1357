local function closer(n) return setmetatable({}, {__close = function(_, e) io.write("close ", n, " ", tostring(e), "\n") end}) end
local function each(n) return function(s, c) c = c + 1 if c <= s then return c end end, n, 0, closer(n) end
for i in each(2) do io.write(i, " ") end for i in each(3) do if i == 2 then break end end for i in each(4) do goto out end ::out:: (function() for i in each(5) do return end end)()
print(pcall(function() for i in each(6) do error("body", 0) end end)) for i in each(7) do for j in each(8) do break end break end
local co = coroutine.wrap(function() for i in each(9) do coroutine.yield(i) end return "done" end) print(co(), co()) local open = coroutine.create(function() for i in each(10) do coroutine.yield() end end) coroutine.resume(open) print(coroutine.close(open))
print(pcall(function() for i in next, {}, nil, "text" do end end)) for i in next, {}, nil, nil do end for i in next, {}, nil, false do end for a, b, c, d, e in function(s, c) if not c then return 1, 2, 3, 4 end end do print(a, b, c, d, e) end
