local factory = {make = function() return nil end}
factory.make():run()
