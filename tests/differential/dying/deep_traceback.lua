-- More than 22 frames: the middle of the traceback is left out.
local function down(n) if n == 0 then error("bottom") end down(n - 1) end
down(40)
