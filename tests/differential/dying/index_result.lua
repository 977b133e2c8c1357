local function nothing() end
local function f() return (nothing()).x end
f()
