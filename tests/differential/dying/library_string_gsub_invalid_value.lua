print(("abc"):gsub("%w", function(c) if c == "b" then return {} end end))
