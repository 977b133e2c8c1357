print(("2024-01-15"):match("(%d+)-(%d+)-(%d+)")) print(("  trim  "):match("^%s*(.-)%s*$") .. "|")
print(("abc123"):match("%a+"), ("abc123"):match("%d+"), ("abc"):match("%d*"), ("abc"):match("x?"), ("abc"):match(".-"), ("abc"):match(".-$"))
print(("[[nested]]"):match("%[(%b[])%]"), ("f(a(b)c)d"):match("%b()"), ("THE (quick) fox"):find("%((%a+)%)"))
print(("hello.world"):match("^(.-)%.(.*)$"))
print(("key"):match("(k)(e)(y)"))
print(("aaa"):match("(a)%1%1"), ("abab"):match("(ab)%1"), ("abc"):match("(a)%1"))
print(("THE END"):match("%f[%a]%a+%f[%A]"), ("THE END"):gsub("%f[%a]%a", "x"))
print(("x=1, y=2"):match("y=(%d)", 3), ("x"):match("x", 2), ("x"):match("()", 2))
for _, class in ipairs {"a", "c", "d", "g", "l", "p", "s", "u", "w", "x", "A", "D", "S"} do
  local s = {} for b = 0, 127 do local c = string.char(b) if c:match("%" .. class) then s[#s + 1] = b end end
  print(class, #s, s[1], s[#s])
end
print(("a-b]c^"):match("[]]"), ("a-b"):match("[a-]+"), ("^"):match("[%^x]"), ("b"):match("[^a]"), ("]"):match("[^]]"), ("5"):match("[%d%a]"), ("-"):match("[+--]"))
print(("aaaa"):match("^(a-)(a*)$"))
print(("aaaa"):match("a-b"))
print(("xay"):match("x(.?)y"), ("xy"):match("x(.?)y"))
print(("\n"):match("."), ("é"):match("^.") == "\xC3")
