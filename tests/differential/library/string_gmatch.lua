for w in ("one two  three"):gmatch("%a+") do io.write("<", w, ">") end print()
for k, v in ("a=1, b=2"):gmatch("(%w+)=(%w+)") do io.write(k, "->", v, " ") end print()
for p in ("abc"):gmatch("()") do io.write(p, " ") end print()
for s in ("abc"):gmatch("") do io.write("[", s, "]") end print()
for s in ("a,b,,c"):gmatch("([^,]*)") do io.write("[", s, "]") end print()
for s in ("abcd"):gmatch("%a", 3) do io.write(s, " ") end print()
for s in ("abcd"):gmatch("%a", -2) do io.write(s, " ") end print()
for s in ("hello"):gmatch("^h") do io.write("anchor is literal ", s) end print()
local it = ("x"):gmatch("x") print(it(), it(), it())
print(pcall(string.gmatch, "x")) print(pcall(("x"):gmatch("(")))
local words = {}
for w in ("the quick the lazy the end"):gmatch("%a+") do words[w] = (words[w] or 0) + 1 end
print(words.the, words.lazy)
