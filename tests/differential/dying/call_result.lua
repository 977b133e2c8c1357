local function maker() return "not a function" end
maker()()
