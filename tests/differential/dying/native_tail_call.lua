-- A tail call leaves no frame of its caller; the traceback says so.
local function convert(x) return string.format("%d", x) end
local function outer(x) local r = convert(x) return r end
print(outer(3.0))
outer(3.5)
