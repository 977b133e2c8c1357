local M = {__unm = function(a) return ~a end, __bnot = function(a) return #a end, __len = function(a) return a.size.value end}
return -setmetatable({}, M)
