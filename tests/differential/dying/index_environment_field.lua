local function f() return _ENV.settings.depth end
f()
