local chunk = assert(load("local limit = ...; return function(n) return n < limit end", "@limits.lua"))
print(chunk(5)(3))
print(chunk("5")(3))
