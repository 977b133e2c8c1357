(function() (function() (function() error "three deep" end)() end)() end)()
