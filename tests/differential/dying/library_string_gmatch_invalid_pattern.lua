for w in ("a b"):gmatch("%w+(") do print(w) end
