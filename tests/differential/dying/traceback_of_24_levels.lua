local function down(n) if n == 0 then error("two levels left out") end down(n - 1) end
down(20)
