-- Functions in loaded modules are named by their module.
function outer(f) f() end
function inner() error("named") end
outer(function() inner() end)
