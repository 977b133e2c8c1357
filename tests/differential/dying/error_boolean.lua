local function f(code) error(code) end
f(false)
