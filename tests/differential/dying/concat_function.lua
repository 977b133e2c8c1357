local function name() return "x" end
return "name: " .. name
