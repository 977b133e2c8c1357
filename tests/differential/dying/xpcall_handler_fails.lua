print(xpcall(function() error "first" end, function(m) return "handled " .. m end))
print(select("#", xpcall(function() error "first" end, function() error "second" end)))
error("end")
