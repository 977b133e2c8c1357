local function run(callback) callback("x") end
run(print)
run()
