local function f(ok) return "ok=" .. ok end
f(true)
