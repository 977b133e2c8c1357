print(io.stdin:seek())
print(io.read(), io.read "n", io.read "n", io.read(3), io.read "L")
for line in io.lines() do if line == "" then break end io.write("[", line, "] ") end print()
for key, value in io.lines(nil, "n", "l") do print(key, value) if key == 2 then break end end
print(io.stdin:read(0), io.read "a", io.read(0), io.read "l", io.read "a")
print(pcall(io.stdin.close, io.stdin)) print(io.type(io.stdin), pcall(io.read))
