-- Level 2 of a function called by pcall or by sort is a native function, which has no line.
local function check() error("called wrongly", 2) end
print(pcall(check))
table.sort({1, 2}, check)
