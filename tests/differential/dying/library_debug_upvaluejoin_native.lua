local function f() return print end
debug.upvaluejoin(f, 1, print, 1)
