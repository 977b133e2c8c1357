local function counter() local n return function() n = n + 1 return n end end
counter()()
