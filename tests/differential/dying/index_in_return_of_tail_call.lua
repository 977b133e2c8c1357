local data = {}
local function get(x) return x end
local function f() return get(data.rows.first) end
f()
