for _, f in ipairs {"%f", "%.0f", "%.2f", "%10.3f|", "%-10.1f|", "%+f", "%e", "%.2e", "%E", "%g", "%.3g", "%G", "%#g", "%a", "%.1a", "%A", "%010.2f", "%.14g", "%.17g", "%5.f|", "% .3f"} do
  io.write(f, " ")
  for _, n in ipairs {0.0, -0.0, 1.5, -123.456, 1e20, 1e-5, 1/0, -1/0, 100} do io.write("[", string.format(f, n), "] ") end
  print()
end
print((string.format("%f %g %a", 0/0, 0/0, 0/0):gsub("-", "")))
print(string.format("%.99f", 1/3):len(), pcall(string.format, "%.100f", 1))
print(string.format("%s %s %s", 1e15, 1e16, 2^63), string.format("%.3f", "1.5"), string.format("%5.1f|%-8.2e|", 2.25, 12345.678))
print(string.format("%.0f %.0f %.0f %.0f", 0.5, 1.5, 2.5, 3.5), string.format("%.20f", 0.1), string.format("%g %g", 1e100, 123456789))
print(pcall(string.format, "%f", "x"))
print(string.format("%.3a %a", 1, 0.5), string.format("%g", 2^53))
