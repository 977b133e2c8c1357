local function down(n) if n == 0 then error("no level left out") end down(n - 1) end
down(18)
