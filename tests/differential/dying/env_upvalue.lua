local function f() local _ENV = {} ; return missing.field end
f()
