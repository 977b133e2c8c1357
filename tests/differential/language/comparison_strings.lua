local words = {"", "a", "A", "aa", "ab", "b", "a\0", "a\0b", "\255", "\127", "10", "9", " "}
table.sort(words)
for _, w in ipairs(words) do io.write(string.format("%q ", w)) end print()
print("a" < "b", "a" <= "a", "b" > "a", "Z" < "a", "a\0a" < "a\0b", "a" < "a\0")
print(pcall(function() return "a" < 1 end), pcall(function() return {} < {} end), pcall(function() return nil < nil end))
print(pcall(function() return print < print end), pcall(function() return true <= false end))
