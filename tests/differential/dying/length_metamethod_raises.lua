local t = setmetatable({}, {__len = function(self) return #self.items end})
return #t
