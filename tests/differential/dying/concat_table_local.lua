local parts = {"a"}
local text = "parts: " .. parts .. "!"
