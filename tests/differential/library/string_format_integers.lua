for _, f in ipairs {"%d", "%5d", "%-5d|", "%05d", "%+d", "% d", "%.3d", "%8.3d", "%i", "%u", "%x", "%X", "%#x", "%o", "%#o", "%c", "%08x", "%+05d", "%-+6d|"} do
  io.write(f, " ")
  for _, n in ipairs {0, 42, -42, 255.0} do local ok, s = pcall(string.format, f, n) io.write("[", ok and s or (s:gsub("^.-: ", "")), "] ") end
  print()
end
print(string.format("%d %d %x", math.maxinteger, math.mininteger, -1), string.format("%d", "10"), string.format("%d", "0x10"), string.format("%d", 3.0))
for _, v in ipairs {3.5, "3.5", "x", 2^63, {}, true} do print(pcall(string.format, "%d", v)) end
print(string.format("%c%c%c", 76, 117, 97), #string.format("%c", 0), string.format("%%"), string.format("%5s%%", "x"))
print(pcall(string.format, "%d"))
print(pcall(string.format, "%y", 1))
print(pcall(string.format, "%", 1))
print(pcall(string.format, "%0100d", 1))
print(pcall(string.format, "%.100d", 1))
print(pcall(string.format, "%10q", "x"))
print(pcall(string.format, "%#d", 1))
print(pcall(string.format, "% s", 1))
print(pcall(string.format, "%-+ #0d", 1))
