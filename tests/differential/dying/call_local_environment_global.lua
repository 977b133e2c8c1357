local function f() local _ENV = {} ; launch() end
f()
