-- LF, CR, CR LF and LF CR are one line break each.
for _, eol in ipairs {"\n", "\r", "\r\n", "\n\r"} do
  print(select(2, load("local a = 1" .. eol .. eol .. "local b = [[x" .. eol .. "y]]" .. eol .. "-- comment" .. eol .. "x = = 2", "=eol")))
  print(load("return debug.getinfo(1, 'l').currentline" .. eol, "=eol")(), load(eol .. eol .. "return debug.getinfo(1, 'l').currentline", "=eol")())
end
print(select(2, load("\r\n\r\nx = \f\v\t 5 5", "=blank")), load("#not a shebang in load"))
