local function f() error({code = 7, text = "lost"}) end
f()
