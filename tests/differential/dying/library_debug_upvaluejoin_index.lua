local function f() return print end
debug.upvaluejoin(f, 2, f, 1)
