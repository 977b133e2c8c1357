print(("a b c"):gsub("%w", function(c) if c == "b" then error("cannot replace " .. c) end end))
