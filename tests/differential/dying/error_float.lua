local function f(code) error(code) end
f(2^53)
