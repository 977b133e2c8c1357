print(utf8.codepoint("é", 1))
print(utf8.codepoint("é", 2))
