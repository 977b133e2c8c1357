local function run(spec) return spec.action() + 1 end
run {action = function() error "in the action" end}
