local hooks = {before = print}
local function run() hooks.before("x") hooks.after("x") end
run()
