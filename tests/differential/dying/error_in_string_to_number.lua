local function parse(text) return tonumber(text) + 1 end
print(parse "41")
parse "forty-one"
