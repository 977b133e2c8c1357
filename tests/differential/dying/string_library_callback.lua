local function replace(word) return word.missing.field end
print(("a b"):gsub("%w", function(w) return w:upper() end))
print(("a b"):gsub("%w", replace))
